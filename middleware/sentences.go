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
	model.CodeSignatureRequired: {401, text{"缺少签名", "Signature missing"},
		text{"本设备的请求须用自己的密钥签名，此请求没有签名。", "This device signs its requests with its own key, and this one is not signed."}},
	model.CodeSignatureInvalid: {401, text{"签名不符", "Signature wrong"},
		text{"请求的签名与本设备的密钥或请求内容不符。", "The signature is not that of this device's key over this request."}},
	model.CodeSignatureStale: {401, text{"签名时间不符", "Signature out of date"},
		text{"签名时间与平台时间相差超过 300 秒，请校正设备时钟后重试。", "The signature's time is more than 300 seconds from the server's. Please correct the device's clock and try again."}},
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
	model.CodeLimitReached: {409, text{"数量已达上限", "Limit reached"},
		text{"数量已达上限，请先等待处理或取消已有的再试。", "There are too many of these already. Please wait until they are decided, or remove some first."}},
	model.CodeSelfApproval: {409, text{"不能审批自己的申请", "Your own request"},
		text{"发起人不能审批自己的申请，请由另一位有权限的人处理。", "Whoever asked cannot approve it. Another person with the same right must answer."}},
	model.CodeOverrideRequired: {409, text{"此人已被限制通行", "This person is being stopped"},
		text{"系统记录此人现在不应放行。请先核实；确需放行的，请说明理由并再次确认。", "The record says that this person should not pass now. Check first; to admit all the same, confirm it and say why."}},
	model.CodeStripsOff: {409, text{"未开启手机自签码", "Phones do not sign here"},
		text{"本小区没有开启手机自签通行码，请使用普通通行码。", "This community has not allowed codes that phones sign. Please use the ordinary code."}},
	model.CodeCardLimit: {409, text{"卡片数量已达上限", "No more cards"},
		text{"此人已有两张有效的纸质卡，请先作废一张，或办理补卡。", "This person holds two cards already. Revoke one first, or have the lost one replaced."}},
	model.CodeAnswerNotYours: {409, text{"正在等待他人答复", "Waiting for somebody else"},
		text{"这项申请目前由其他人答复，轮到您时会通知您。", "Somebody else is being asked about this now. You will be told when it is your turn."}},
	model.CodeRolesExclude: {409, text{"角色互斥", "Roles exclude each other"},
		text{"系统、安全、审计三种管理员必须由不同的账号担任。", "System, security and audit administrators must be different accounts."}},
	model.CodePasswordExpired: {403, text{"需要更换密码", "Password must be changed"},
		text{"密码已到期或由管理员重置，请先更换密码再登录。", "The password has run out or was reset. Please change it before signing in."}},
	model.CodePasswordReused: {400, text{"密码用过了", "Password used before"},
		text{"新密码与最近用过的密码相同，请换一个。", "This password was used recently. Please choose another one."}},
	model.CodeAccountDormant: {423, text{"账号长期未使用", "Account unused for long"},
		text{"账号长期没有登录，已锁定，请联系管理员解锁。", "The account was not used for long and is locked. Please ask an administrator."}},
	model.CodeConsentRequired: {403, text{"需要本人同意", "Consent is needed"},
		text{"这项信息需要您单独同意后才能使用，请先在“我的同意”里确认。", "This needs a consent of its own. Please give it under “My consents” first."}},
	model.CodeConsentTextOld: {409, text{"告知内容已更新", "The text has changed"},
		text{"告知内容已更新，请阅读最新版本后再同意。", "The text has been renewed. Please read the current version before you agree."}},
	model.CodeNotInEmergency: {409, text{"未处于应急状态", "Not in an emergency"},
		text{"小区目前不在应急状态，健康相关功能已关闭。", "The community is not in emergency mode, so nothing about health is asked or kept."}},
	model.CodeEmergencyExists: {409, text{"已有应急状态", "An emergency is on"},
		text{"所选小区中已有处于应急状态的，请先结束或选择其他小区。", "One of these communities is already in emergency mode. End that first, or choose others."}},
	model.CodeAlreadyApproved: {409, text{"您已经同意过", "You have approved already"},
		text{"您已经同意过，还需要另一位有权限的人同意。", "You have approved this already. A second person with the same right must approve too."}},
	model.CodeCommandUnsupported: {409, text{"设备不支持", "The device cannot do that"},
		text{"这个门没有能执行该操作的设备，请到现场处理。", "No device at this gate can do that. Please go there and do it by hand."}},
	model.CodeCommandFailed: {409, text{"设备没有执行", "The device did not do it"},
		text{"设备没有执行，原因见状态。请到现场处理，或再试一次。", "The device did not do it; the state says why. Please go there, or try once more."}},
	model.CodeCommandExpired: {409, text{"没有收到设备的答复", "No answer from the device"},
		text{"设备没有及时答复，指令已作废，不会再执行；如果状态是 no_answer，门可能已经打开，请先看一眼再试。", "The device did not answer in time and the command is void: it will not be done later. If the state is no_answer the door may have opened, so look before you try again."}},
	model.CodeCommandUnconfirmed: {409, text{"已交给设备，结果未知", "Handed over, outcome not known"},
		text{"指令已交给设备，但这种设备不会报告结果：可能已经执行，请先看一眼再决定是否重试。", "The device has the command, but this kind of device never says what came of it. It may well have done it: look before you try again."}},
	model.CodeFloorNotAllowed: {403, text{"不能到达这一层", "Not your floor"},
		text{"您目前没有这一层的电梯权限，请联系该层住户授权，或到一楼询问保安。", "You have no right to this floor by lift now. Ask somebody who lives there to share it, or the guard in the lobby."}},
	model.CodeLiftFireMode: {409, text{"消防模式", "Fire mode"},
		text{"电梯处于消防模式，所有楼层已开放但不接受呼梯。请勿乘坐电梯，走楼梯疏散。", "The lifts are in fire mode: every floor is open and no call is taken. Do not use the lifts; leave by the stairs."}},
	model.CodeLiftUnavailable: {503, text{"电梯暂不可用", "Lift not available"},
		text{"电梯暂时不能远程呼叫，请使用按钮或联系物业。", "The lift cannot be called from here right now. Please use its button or tell the property office."}},
	model.CodeRoleNotGrantable: {403, text{"不能授予该角色", "Role not yours to give"},
		text{"您不能授予这个角色。", "You may not give this role."}},
}
