package main

import (
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sms"
)

// checkWays finds what is wrong with the ways of messages to phones. Nothing set is
// right: messages then stay in the inbox.
func checkWays(c *Config) []problem {
	var out []problem
	if _, err := service.ParsePushTemplates(c.WechatTemplates, true); err != nil {
		out = append(out, one("WECHAT_TEMPLATES", "写法不对，例如 *=模板ID,thing1:text,time2:time；多个用分号隔开。",
			"is ill-formed; write *=template-id,thing1:text,time2:time, several separated by semicolons.")...)
	}
	if _, err := service.ParsePushTemplates(c.SMSTemplates, false); err != nil {
		out = append(out, one("SMS_TEMPLATES", "写法不对，例如 *=1234567,community；多个用分号隔开。",
			"is ill-formed; write *=1234567,community, several separated by semicolons.")...)
	}
	if c.SMSTemplates == "" {
		return out
	}
	if c.SMSSecretID == "" || c.SMSSecretKey.missing() || c.SMSAppID == "" || c.SMSSign == "" {
		return append(out, one("SMS_SECRET_ID", "、SMS_SECRET_KEY、SMS_APP_ID、SMS_SIGN 要与 SMS_TEMPLATES 一起设置。",
			", SMS_SECRET_KEY, SMS_APP_ID and SMS_SIGN must be set with SMS_TEMPLATES.")...)
	}
	client, err := sms.New(*c.sms())
	if err != nil {
		return append(out, one("SMS_SECRET_ID", "或短信的其他设置写法不对：只能有字母、数字、-、_；网址应是 https，不带路径。",
			"or another setting of SMS is ill-formed: letters, digits, - and _ only; a URL must be https, without a path.")...)
	}
	client.Close()
	return out
}

// sms is nil where no texts are set up.
func (c *Config) sms() *sms.Config {
	if c.SMSTemplates == "" {
		return nil
	}
	return &sms.Config{SecretID: c.SMSSecretID, SecretKey: c.SMSSecretKey.reveal(), AppID: c.SMSAppID, Sign: c.SMSSign,
		Region: c.SMSRegion, BaseURL: c.SMSBaseURL}
}

// ways are the templates; their form was checked.
func (c *Config) ways() service.MessageWays {
	wechat, _ := service.ParsePushTemplates(c.WechatTemplates, true)
	texts, _ := service.ParsePushTemplates(c.SMSTemplates, false)
	return service.MessageWays{Wechat: wechat, SMS: texts}
}
