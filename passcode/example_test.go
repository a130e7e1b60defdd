package passcode_test

import (
	"encoding/hex"
	"fmt"
	"time"

	"communitypass.cn/communitypass/passcode"
	"github.com/emmansun/gmsm/sm2"
)

// A gate gets its community's public keys from the bundle, keeps one Verifier for
// each, and asks of a scanned text: is it a code, is it ours, is it genuine, is
// it of now. The key and the code here are golden vectors.
func Example() {
	point, err := hex.DecodeString("" +
		"04c867f09973553eadb4d337d04ff2b5127e25b23424b88dbd8670c406ee843905" +
		"34174936da3d3a200be9dfbbd93838b66bf32d6b08d8f5eecf09b035b41d7fd4")
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := sm2.NewPublicKey(point)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := passcode.NewVerifier(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	text := "W62W50J0ML60$Y89IH700U$3Q60-71Z73G3JTZIPSP2IC8C3R%NQA1DFU14E +6ZZH*GEE/1UGV+AP+QIWAR34HQ/JJLK.JHTSENJK0%BC9T4/PFPT2-E36CD0"
	now := time.Date(2026, time.November, 22, 16, 1, 10, 0, time.UTC)

	code, err := passcode.Parse(text)
	switch {
	case err != nil:
		fmt.Println("unknown_code")
	case code.Community != 110105:
		fmt.Println("wrong_community")
	case code.Key != 1 || !verifier.Verify(&code):
		fmt.Println("bad_signature")
	case !now.Before(code.ExpiresAt()):
		fmt.Println("expired")
	case code.Format == passcode.Rotating && code.Window > passcode.WindowAt(now):
		fmt.Println("clock_skew")
	default:
		fmt.Printf("%s %012x of group %d, until %s\n",
			code.Kind, code.Pass, code.Group, code.ExpiresAt().Format(time.TimeOnly))
	}
	// Output: resident 0123456789ac of group 7, until 16:01:30
}

// The issuing side signs once per pass and window.
func ExampleSigner_Sign() {
	secret, err := hex.DecodeString("76c1dff5c6bae8e75f9cc798aa85be1fb538ee1e60fe016639bade518f35a2ee")
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := sm2.NewPrivateKey(secret)
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := passcode.NewSigner(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, time.November, 22, 16, 1, 10, 0, time.UTC)
	text, err := signer.Sign(passcode.Header{
		Format: passcode.Rotating, Kind: passcode.Visitor,
		Key: 1, Community: 110105, Pass: 0x0123456789ad, Group: 7,
		Window: passcode.WindowAt(now),
	})
	fmt.Println(len(text), err)
	// Output: 122 <nil>
}
