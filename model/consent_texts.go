package model

// ConsentText is one version of what people are asked to agree to. A text is never
// changed: another wording is another version, and a test holds each to its hash.
type ConsentText struct {
	Purpose ConsentPurpose
	Version string
	Text    Phrase
}

// Canonical is what the hash of a text is taken over.
func (t ConsentText) Canonical() string {
	return string(t.Purpose) + "\n" + t.Version + "\n" + t.Text.ZH + "\n" + t.Text.EN + "\n"
}

// ConsentTexts are all versions, older before newer. The last of a purpose is the
// current one.
var ConsentTexts = []ConsentText{
	{ConsentHealth, "1", Phrase{
		"小区处于应急状态期间，为判断您能否安全出入，我们会收集您（或您代办的家人）申报的体温、症状、接触和检测结果。" +
			"只有小区居委会负责此事的人员可以查看；应急状态结束后，全部申报通过销毁密钥删除，并出具可核验的证明。" +
			"您可以不同意，也可以随时撤回，其他功能照常使用；不申报时门口会请工作人员当面核实。",
		"While the community is in emergency mode, we collect what you report for yourself or for those you act for: temperature, symptoms, contacts, test results. " +
			"It serves to judge whether passing is safe. Only those of the committee who are charged with it may read it. When the emergency ends, all reports are deleted by destroying their keys, and a certificate that anybody can verify says so. " +
			"You may refuse, or withdraw at any time, and everything else goes on working; without a report, staff at the gate will ask you in person."}},
	{ConsentTrail, "1", Phrase{
		"为安全需要，通行记录保存有限的天数。除此之外，若您要求工作人员帮您查找自己的通行记录（例如寻找遗失物品），需要您单独同意。" +
			"每次查阅都会记录并向您显示。您可以随时撤回，不影响通行。",
		"Passages are kept for a limited number of days, as security needs. Beyond that, when you ask staff to look through your own passages for you (to find something lost, say), your separate consent is needed. " +
			"Each look is recorded and shown to you. You may withdraw at any time; it does not affect your passing."}},
	{ConsentSharing, "1", Phrase{
		"您同意我们按已公布的字段策略，把与您有关的信息（例如您的匿名编号和楼栋）提供给小区使用的其他系统，如物业系统和停车系统。" +
			"接收方的种类和字段可在隐私告知中查看。您可以随时撤回，不影响通行。",
		"You agree that what concerns you, such as your pseudonym and your building, is passed to other systems that the community uses, such as the property company's and the car park's, within their published field policies. " +
			"Which kinds of recipients and which fields stands in the privacy notice. You may withdraw at any time; it does not affect your passing."}},
}

// ConsentPurposes are all purposes, in the order in which they are shown.
func ConsentPurposes() []ConsentPurpose {
	return []ConsentPurpose{ConsentHealth, ConsentTrail, ConsentSharing}
}

// CurrentConsentText is the newest text of a purpose.
func CurrentConsentText(p ConsentPurpose) (ConsentText, bool) {
	for i := len(ConsentTexts) - 1; i >= 0; i-- {
		if ConsentTexts[i].Purpose == p {
			return ConsentTexts[i], true
		}
	}
	return ConsentText{}, false
}
