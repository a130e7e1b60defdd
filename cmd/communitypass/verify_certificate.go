package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/service"

	"github.com/spf13/cobra"
)

func (p *program) verifyCertificateCommand() *cobra.Command {
	var jwks string
	c := &cobra.Command{Use: "verify-certificate FILE", Args: cobra.ExactArgs(1),
		Short: "Verify the certificate of a destroyed emergency, without a server 离线验证销毁证明",
		RunE:  func(_ *cobra.Command, args []string) error { return p.verifyCertificate(args[0], jwks) }}
	c.Flags().StringVar(&jwks, "jwks", "", "a copy of /.well-known/jwks.json 公钥集副本")
	_ = c.MarkFlagRequired("jwks")
	return c
}

// verifyCertificate needs the two files alone: no configuration, no database.
func (p *program) verifyCertificate(path, jwks string) error {
	kept, err := os.ReadFile(jwks)
	if err != nil {
		return fail("不能读取 "+jwks+"。", "Cannot read "+jwks+".", err)
	}
	keys, err := anchor.KeysOf(kept)
	if err != nil {
		return fail("不能读取 "+jwks+"。", "Cannot read "+jwks+".", err)
	}
	held, err := os.ReadFile(path)
	if err != nil {
		return fail("不能读取 "+path+"。", "Cannot read "+path+".", err)
	}
	says, err := certified(held, keys)
	if err != nil {
		return fail("证明无效。", "The certificate is not valid.", err)
	}
	fmt.Fprintln(p.out, text{zh: fmt.Sprintf("证明有效：应急状态 %s（%s）的数据已于 %s 销毁，由 %s 签名。", says.EmergencyID, says.OrderNumber, says.DestroyedAt, says.SignedBy),
		en: fmt.Sprintf("The certificate is valid: the data of emergency %s (%s) was destroyed at %s, signed by %s.", says.EmergencyID, says.OrderNumber, says.DestroyedAt, says.SignedBy)}.in(p.language))
	return nil
}

// certified reads a certificate as the API gives it, and what was signed in it.
func certified(held []byte, keys anchor.Keys) (service.CertificateBody, error) {
	var c struct {
		Payload   string `json:"payload"`
		Signature []byte `json:"signature"`
		KeyID     string `json:"key_id"`
	}
	var says service.CertificateBody
	if err := json.Unmarshal(held, &c); err != nil {
		return says, err
	}
	for number, key := range keys {
		if service.PlatformKeyID(number) != c.KeyID {
			continue
		}
		if !gm.VerifySM2(key, []byte(c.Payload), c.Signature) {
			return says, errors.New("the signature is wrong")
		}
		if err := json.Unmarshal([]byte(c.Payload), &says); err != nil {
			return says, err
		}
		// The same key signs other things too.
		if says.Type != service.CertificateType || says.SignedBy != c.KeyID {
			return says, errors.New("this is something else that was signed")
		}
		return says, nil
	}
	return says, errors.New("the key set has no key " + c.KeyID)
}
