package middleware

import "communitypass.cn/communitypass/model"

// text is a sentence in both languages.
type text struct{ zh, en string }

func (t text) in(language string) string {
	if language == English {
		return t.en
	}
	return t.zh
}

// row is what a code means to the outside: its status, a title for the kind of
// problem, and a sentence that tells a resident what to do.
type row struct {
	status int
	title  text
	detail text
}

func rowOf(code model.Code) row {
	if r, ok := table[code]; ok {
		return r
	}
	return table[model.CodeInternal]
}

// table covers every code of model/error.go, which a test checks.
var table = map[model.Code]row{
	model.CodeInternal: {500, text{"系统出错", "Something went wrong"},
		text{"系统出了点问题，我们已经记录下来，请稍后再试。", "Something went wrong on our side and has been recorded. Please try again later."}},
	model.CodeUnavailable: {503, text{"暂时无法服务", "Temporarily unavailable"},
		text{"服务暂时不可用，请稍后再试。", "The service is not available right now. Please try again shortly."}},
	model.CodeOverloaded: {503, text{"系统繁忙", "Too busy"},
		text{"现在使用的人太多，请稍后再试。", "Too many people are using the service right now. Please try again shortly."}},
	model.CodeStorageFull: {507, text{"存储空间不足", "Storage is full"},
		text{"系统存储空间不足，暂时不能保存，请联系物业或稍后再试。", "The system has no room left to save this. Please tell the property office or try again later."}},
	model.CodeInvalid: {400, text{"内容有误", "Not accepted as filled in"},
		text{"有些内容填写不正确，请检查后重新提交。", "Some of what was entered is not right. Please check it and send it again."}},
	model.CodeMalformed: {400, text{"格式有误", "Unreadable request"},
		text{"请求的内容无法读取，请更新应用后重试。", "The request could not be read. Please update the app and try again."}},
	model.CodeTooLarge: {413, text{"内容过大", "Too large"},
		text{"提交的内容太大，请减少后重试。", "What was sent is too large. Please send less at a time."}},
	model.CodeUnsupportedMedia: {415, text{"不支持的格式", "Unsupported format"},
		text{"这里不接受这种格式的内容，请按接口说明提交。", "Content of this format is not accepted here. Please send what the interface describes."}},
	model.CodeNotAcceptable: {406, text{"无法提供所需格式", "No such format"},
		text{"无法按要求的格式返回内容。", "The answer cannot be given in the format that was asked for."}},
	model.CodeNotFound: {404, text{"没有找到", "Not found"},
		text{"没有找到相关内容，可能已被删除，或者您无权查看。", "Nothing was found here. It may have been removed, or it is not yours to see."}},
	model.CodeMethodNotAllowed: {405, text{"不支持的操作", "Not possible here"},
		text{"这个地址不支持该操作。", "This address does not support that operation."}},
	model.CodeUnauthenticated: {401, text{"需要登录", "Sign-in needed"},
		text{"请先登录，或者登录已过期，请重新登录。", "Please sign in. If you were signed in, the sign-in has ended."}},
	model.CodeForbidden: {403, text{"没有权限", "Not allowed"},
		text{"您没有进行这项操作的权限。", "You are not allowed to do this."}},
	model.CodeConflict: {409, text{"内容冲突", "Conflict"},
		text{"这项内容与已有的记录冲突，请刷新后再试。", "This conflicts with what is already there. Please refresh and try again."}},
	model.CodePreconditionFailed: {412, text{"内容已被他人修改", "Changed by somebody else"},
		text{"内容刚刚被他人修改，请刷新后再试。", "Somebody else has just changed this. Please refresh and try again."}},
	model.CodeRateLimited: {429, text{"操作太频繁", "Too many requests"},
		text{"操作太频繁，请稍后再试。", "That was too often. Please wait a moment and try again."}},
	model.CodeTimeout: {503, text{"处理超时", "Took too long"},
		text{"处理时间过长，请稍后再试。", "This took too long. Please try again shortly."}},
	model.CodeIdempotencyMismatch: {422, text{"重复的请求编号", "Key used before"},
		text{"同一个请求编号已用于其他内容，请重新操作。", "The same request key was used for something else. Please start again."}},
	model.CodeIdempotencyRunning: {409, text{"正在处理", "Still in progress"},
		text{"同一请求正在处理中，请稍候。", "The same request is still being worked on. Please wait a moment."}},
	model.CodeWechatCodeInvalid: {401, text{"微信登录失败", "WeChat sign-in failed"},
		text{"微信登录凭证无效或已过期，请重新登录。", "The WeChat sign-in code is not valid any more. Please sign in again."}},
	model.CodeWechatBlocked: {403, text{"微信账号受限", "WeChat account restricted"},
		text{"该微信账号被微信限制，暂时不能登录。", "WeChat has restricted this account, so it cannot sign in for now."}},
	model.CodeWechatUnavailable: {503, text{"微信暂时无法连接", "WeChat is not reachable"},
		text{"暂时无法连接微信，请稍后再试。", "WeChat cannot be reached right now. Please try again shortly."}},
	model.CodeCredentialsInvalid: {401, text{"登录失败", "Sign-in failed"},
		text{"用户名、密码或动态口令不正确。", "The user name, the password or the one-time code is not right."}},
	model.CodeTOTPRequired: {401, text{"需要动态口令", "One-time code needed"},
		text{"请输入身份验证器上的六位动态口令。", "Please enter the six digits shown by your authenticator."}},
	model.CodeAccountLocked: {423, text{"账号已锁定", "Account locked"},
		text{"登录失败次数过多，账号已暂时锁定，请稍后再试或联系管理员。", "After too many failed sign-ins the account is locked for a while. Please wait or ask an administrator."}},
	model.CodeRefreshReused: {401, text{"登录已失效", "Sign-in ended"},
		text{"为了安全，这次登录已被终止，请重新登录。", "This sign-in was ended for safety. Please sign in again."}},
	model.CodeBootstrapClosed: {403, text{"初始化已完成", "Already set up"},
		text{"首位管理员已创建，或初始化令牌无效。", "The first administrator exists already, or the token is not valid."}},
	model.CodePasswordWeak: {400, text{"密码太简单", "Password too weak"},
		text{"密码太简单或过于常见，请换一个更长的密码。", "This password is too simple or too common. Please choose a longer one."}},
	model.CodeEnrolmentInvalid: {403, text{"登记码无效", "Enrolment code not valid"},
		text{"设备登记码无效、已使用或已过期，请让物业重新生成。", "The enrolment code is wrong, used or out of date. Please ask the property office for a new one."}},
	model.CodeResidencyExists: {409, text{"已经登记过", "Already claimed"},
		text{"您已经申请或登记过这套住房。", "You have already claimed this home."}},
	model.CodeStateChanged: {409, text{"状态已变化", "State has changed"},
		text{"这项内容刚刚被处理过，请刷新查看最新状态。", "This has just been dealt with. Please refresh to see how it stands."}},
	model.CodePassInvalid: {409, text{"通行证无效", "Pass not valid"},
		text{"这张通行证目前无效，请查看原因或联系物业。", "This pass is not valid now. Please see why, or ask the property office."}},
	model.CodeRecipientURLRefused: {400, text{"接收地址不可用", "Address refused"},
		text{"不能使用这个接收地址，请换成可公开访问的 HTTPS 地址。", "This address cannot be used. Please give a public HTTPS address."}},
	model.CodeKeyMissing: {503, text{"密钥缺失", "Key missing"},
		text{"系统缺少所需的密钥，请联系管理员。", "The system lacks a key that it needs. Please tell an administrator."}},
	model.CodeRoleNotGrantable: {403, text{"不能授予该角色", "Role not yours to give"},
		text{"您不能授予这个角色。", "You may not give this role."}},
}
