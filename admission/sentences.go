package admission

// sentences has an entry for every reason; a test holds it to that.
var sentences = map[Reason]spoken{
	ReasonUnknownCode: {
		message: wording{"这不是小区通行码", "This is not a pass code."},
		next:    wording{"请出示通行码，或找保安协助", "Show your pass code, or ask the guard."},
	},
	ReasonUnknownPlate: {
		message: wording{"此车辆未登记", "This vehicle is not registered here."},
		next:    wording{"请出示通行码，或找保安协助", "Show your pass code, or ask the guard."},
	},
	ReasonWrongCommunity: {
		message: wording{"这是其他小区的通行码", "This code is for another community."},
		next:    wording{"请核对小区，或找保安协助", "Check that you are in the right place, or ask the guard."},
	},
	ReasonGateStale: {
		message:  wording{"本门暂时无法核验", "This gate cannot check passes right now."},
		next:     wording{"请走其他门，或找保安协助", "Use another gate, or ask the guard."},
		referred: wording{"请稍候，由保安核验", "Please wait; the guard will check your pass."},
	},
	ReasonBadSignature: {
		message: wording{"通行码无法核验", "This code could not be verified."},
		next:    wording{"请刷新后再扫，或找保安协助", "Refresh your code and scan again, or ask the guard."},
	},
	ReasonExpired: {
		message: wording{"通行码已过时", "This code is out of date."},
		next:    wording{"请刷新通行码后再扫", "Refresh your code and scan again."},
	},
	ReasonClockSkew: {
		message: wording{"通行码与本门时间不一致", "The clocks of this code and this gate differ."},
		next:    wording{"请稍候再扫，或由保安核验", "Try again in a moment, or let the guard check."},
	},
	ReasonRevoked: {
		message: wording{"此通行证已停用", "This pass has been withdrawn."},
		next:    wording{"请联系物业重新办理", "Please contact the property office."},
	},
	ReasonRestricted: {
		message: wording{"此通行证暂受限制", "This pass is restricted for now."},
		next:    wording{"请向居委会了解原因，可以申诉", "Ask the neighbourhood committee why; you may appeal."},
	},
	ReasonNotYetValid: {
		message: wording{"通行证还没有生效", "This pass is not valid yet."},
		next:    wording{"请在生效后再来，或找保安协助", "Come back when it begins, or ask the guard."},
	},
	ReasonPassExpired: {
		message: wording{"通行证已到期", "This pass has ended."},
		next:    wording{"请联系物业或邀请人续期", "Ask the property office or your host to extend it."},
	},
	ReasonApprovalPending: {
		message: wording{"来访还在等待同意", "This visit is not approved yet."},
		next:    wording{"请稍候，或联系您拜访的住户", "Please wait, or call the household you are visiting."},
	},
	ReasonWrongGate: {
		message: wording{"此通行证不能走这个门", "This pass is not for this gate."},
		next:    wording{"请走通行证上列出的门", "Use one of the gates named on your pass."},
	},
	ReasonOutsideHours: {
		message: wording{"现在不在通行时间内", "This pass is not for this time of day."},
		next:    wording{"请在通行时间再来，或找保安协助", "Come back in its hours, or ask the guard."},
	},
	ReasonHealthRed: {
		message: wording{"需要工作人员核实", "A member of staff needs to check."},
		next:    wording{"请到值守点，工作人员会协助您", "Please go to the duty desk; staff will help you."},
	},
	ReasonReportDue: {
		message: wording{"您的健康申报该填了", "Your health report is due."},
		next:    wording{"请用手机填写，或由保安代填", "Fill it in on your phone, or let the guard help."},
	},
	ReasonTemperatureHigh: {
		message: wording{"体温需要再量一次", "Your temperature needs another reading."},
		next:    wording{"请在一旁稍候，由保安复测", "Please wait aside; the guard will measure again."},
	},
	ReasonQuotaReached: {
		message: wording{"今天的通行次数已用完", "Today's passages are used up."},
		next:    wording{"确需通行请找保安协助", "If you need to pass, ask the guard."},
	},
	ReasonUsed: {
		message: wording{"此通行码已经用过", "This code has been used already."},
		next:    wording{"请稍候刷新通行码再扫", "Wait for your next code and scan again."},
	},
	ReasonPassback: {
		message:  wording{"记录显示您已在里面", "Our records say that you are inside."},
		next:     wording{"请找保安核实后进入", "Ask the guard to check before you enter."},
		referred: wording{"请稍候，由保安核实", "Please wait; the guard will check."},
	},
	ReasonOK: {
		message: wording{"可以通行", "You may pass."},
		next:    wording{"请通过", "Please go through."},
	},
	ReasonManual: {
		message: wording{"保安已放行", "The guard has let you pass."},
		next:    wording{"请通过", "Please go through."},
	},
}
