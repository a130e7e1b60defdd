package simulator

// gardenHouseholds are the homes of 春晓花园: buildings 1 and 2, two units each. The
// door of building 2 is not connected yet.
func gardenHouseholds() []Household {
	return []Household{
		// Three generations: she and her husband both have the mini-program, their son
		// has no phone and goes through the gate by her hand, her father has a phone but
		// has not got round to claiming.
		home("1", "1", "101",
			owner(OuyangXiaoyan, "13900000001", "3316").registered("ouyang"),
			family(LinHao, "13900000002", "6668").registered("linhao"),
			family(LinXiaoming, "", "0960"),
			family("欧阳德民", "13900000003", "9310")),
		// He lives alone and keeps an old phone for calls. Nothing may depend on WeChat
		// for him.
		home("1", "1", "102", owner(ChenJianguo, "13900000004", "0881")),
		home("1", "1", "201", owner("沈志远", "13900000005", "2466"), family("蒋秀兰", "13900000006", "0601")),
		home("1", "1", "202",
			owner("顾明哲", "13900000007", "970X"),
			family("苏婉清", "13900000008", "5969"),
			family("顾乐瑶", "", "5993")),
		home("1", "1", "301", owner("范国栋", "13900000009", "0472"), family("范思源", "13900000010", "2968")),
		// The landlord stands on the roster and lives elsewhere; the tenant lives here.
		home("1", "1", "302", owner("高文斌", "13900000011", "1208"), tenant(LiLei, "13900000012", "8351").registered("lilei")),
		// An old lady with a helper who lives in.
		home("1", "1", "401", owner("贺春梅", "13900000013", "5953"), helper("马桂芝", "13900000014", "3811")),
		home("1", "1", "402", owner("程亦凡", "13900000015", "5773"), family("柳若曦", "13900000016", "5086")),
		// The household next door: what it owns must look missing to everybody else.
		home("1", "2", "101",
			owner(WangFang, "13900000017", "7959").registered("wangfang"),
			family("罗永强", "13900000018", "9454"),
			family("罗一诺", "", "2543")),
		home("1", "2", "102", owner("曹立新", "13900000019", "0838")),
		home("1", "2", "201",
			owner("薛佳怡", "13900000020", "5067"),
			family("雷振华", "13900000021", "2941"),
			family("雷子涵", "", "1202")),
		// Two tenants share the flat.
		home("1", "2", "202",
			owner("邓晓东", "13900000022", "7757"),
			tenant("付雪莹", "13900000023", "431X"),
			tenant("韩冰洁", "13900000024", "0799")),
		home("1", "2", "301", owner("彭海波", "13900000025", "8085"), family("叶淑珍", "13900000026", "3489")),
		home("1", "2", "302", owner("潘玉成", "13900000027", "5087"), family("潘佳宁", "13900000028", "0704")),
		home("1", "2", "401", owner("余庆丰", "13900000029", "4851")),
		home("1", "2", "402",
			owner("魏少华", "13900000030", "0624"),
			family("傅清秋", "13900000031", "6627"),
			family("魏辰逸", "", "2915"),
			family("傅长海", "13900000032", "0235")),
		home("2", "1", "101", owner("汪德胜", "13900000033", "1727"), family("田秋菊", "13900000034", "0604")),
		home("2", "1", "102", owner("任嘉豪", "13900000035", "1326"), family("姜欣妍", "13900000036", "4007")),
		home("2", "1", "201",
			owner("方启明", "13900000037", "0826"),
			family("石慧敏", "13900000038", "5622"),
			family("方可馨", "", "8388")),
		home("2", "1", "202", owner("姚凤霞", "13900000039", "2855")),
		home("2", "1", "301", owner("谭志刚", "13900000040", "6993"), family("廖美玲", "13900000041", "1542")),
		home("2", "1", "302",
			owner("邹伟民", "13900000042", "2370"),
			family("熊丽华", "13900000043", "4962"),
			family("邹沐阳", "", "2692")),
		home("2", "2", "101", owner("金哲浩", "13900000044", "4299"), family("朴恩淑", "13900000045", "5792")),
		// The household that nobody has claimed: whoever signs in with wx-new and confirms
		// the phone with phone-new finds it open.
		home("2", "2", "102", owner(TangJing, "13900000046", "7079").unregistered("new"), family("孟凡宇", "13900000047", "6700")),
		home("2", "2", "201", owner("陆一鸣", "13900000048", "4678"), family("郝梦洁", "13900000049", "4016")),
		// Names of other peoples of China, with a middle dot, longer than most fields expect.
		home("2", "2", "202", owner("古丽米热·艾合买提", "13900000050", "1066"), family("艾力·吐尔逊", "13900000051", "0633")),
		home("2", "2", "301",
			owner("崔立群", "13900000052", "4515"),
			family("段雨薇", "13900000053", "6150"),
			family("崔梓萱", "", "5801")),
		home("2", "2", "302", owner("毛建设", "13900000054", "9710")),
	}
}
