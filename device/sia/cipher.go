package sia

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// DC-09 encrypts with AES in CBC and an initial vector of zeros; what keeps two packets
// apart is the random padding in front.
var zeroVector [aes.BlockSize]byte

func decrypt(sealed, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, errForm
	}
	clear := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, zeroVector[:]).CryptBlocks(clear, sealed)
	return clear, nil
}

// sealedText is a text that begins with its closing bracket, behind random padding, in
// hexadecimal.
func sealedText(text string, key []byte) (string, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	clear := append(padding(aes.BlockSize-len(text)%aes.BlockSize), text...)
	cipher.NewCBCEncrypter(block, zeroVector[:]).CryptBlocks(clear, clear)
	return strings.ToUpper(hex.EncodeToString(clear)), nil
}

// padding is random letters: no bar and no bracket, which would end it.
func padding(n int) []byte {
	out := make([]byte, n)
	_, _ = rand.Read(out) // never fails: it ends the program instead
	for i, b := range out {
		out[i] = 'a' + b%26
	}
	return out
}

// accepted is the answer that a packet was taken, encrypted when it was.
func accepted(p packet, key []byte, now time.Time) ([]byte, error) {
	who := p.sequence + p.receiver + p.line + "#" + p.account
	if !p.encrypted {
		return framed(`"ACK"` + who + "[]"), nil
	}
	sealed, err := sealedText("]"+now.UTC().Format(timeForm), key)
	if err != nil {
		return nil, err
	}
	return framed(`"*ACK"` + who + "[" + sealed), nil
}

// misTimed tells the time to who has it wrong. It is never encrypted.
func misTimed(now time.Time) []byte {
	return framed(`"NAK"0000R0L0A0[]` + now.UTC().Format(timeForm))
}

// notUnderstood is the answer to what came whole and means nothing here.
func notUnderstood(p packet) []byte {
	return framed(`"DUH"` + p.sequence + p.receiver + p.line + "#" + p.account + "[]")
}
