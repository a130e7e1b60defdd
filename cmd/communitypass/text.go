package main

import (
	"errors"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// language is what the operator reads.
type language string

const (
	chinese language = "zh"
	english language = "en"
)

// languageOf goes by LC_ALL, LC_MESSAGES and LANG as POSIX orders them. A bare
// environment (a container, cron) reads English.
func languageOf(environ []string) language {
	env := lookup(environ)
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env[name]; v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return chinese
			}
			return english
		}
	}
	return english
}

// text is a sentence for people, in both languages.
type text struct {
	zh string
	en string
}

func (t text) in(l language) string {
	if l == chinese {
		return t.zh
	}
	return t.en
}

// failure ends a command with a sentence and, where it helps, the reason that the
// system gave. The reason never holds a secret: drivers name hosts and users only.
type failure struct {
	text
	cause error
}

func fail(zh, en string, cause ...error) *failure {
	return &failure{text: text{zh: zh, en: en}, cause: errors.Join(cause...)}
}

func (f *failure) Error() string { return f.in(english) }
func (f *failure) Unwrap() error { return f.cause }

func (f *failure) in(l language) string {
	if f.cause == nil {
		return f.text.in(l)
	}
	reason := strings.ReplaceAll(f.cause.Error(), "\n", "; ")
	if l == chinese {
		return strings.TrimSuffix(f.zh, "。") + "（" + reason + "）。"
	}
	return strings.TrimSuffix(f.en, ".") + " (" + reason + ")."
}

// explain turns what the house answered into a sentence for the operator.
func explain(err error) error {
	var known *failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gm.ErrMaster):
		return fail("主密钥与数据库里的密钥不符：请用创建这些密钥时的 COMMUNITYPASS_MASTER_KEY。",
			"The master key does not fit the keys in the database: use the COMMUNITYPASS_MASTER_KEY they were made with.")
	}
	said, ok := sentences[model.CodeOf(err)]
	if !ok {
		said = text{zh: "出现意外错误。", en: "Something unexpected went wrong."}
	}
	return &failure{text: said, cause: err}
}

// sentences are for the operator at the terminal; the middleware has others for
// residents and staff.
var sentences = map[model.Code]text{
	model.CodeUnavailable:  {zh: "数据库没有应答。", en: "The database does not answer."},
	model.CodeTimeout:      {zh: "数据库没有及时应答。", en: "The database did not answer in time."},
	model.CodeStorageFull:  {zh: "数据库不能写入：磁盘已满或只读。", en: "The database takes no writes: the disk is full or read-only."},
	model.CodeKeyMissing:   {zh: "密钥环里缺少密钥，或密钥打不开。", en: "A key is missing in the key ring, or cannot be opened."},
	model.CodeNotFound:     {zh: "没有这一项。", en: "There is no such thing."},
	model.CodeConflict:     {zh: "已经存在。", en: "It exists already."},
	model.CodeStateChanged: {zh: "当前状态不允许这样做。", en: "Its present state does not allow this."},
	model.CodeInvalid:      {zh: "参数不正确。", en: "A value is not acceptable."},
}
