package gb28181

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"communitypass.cn/communitypass/model"
)

// scenario is a device as SIPp plays it: it registers by digest and sends an alarm. Our
// own MESSAGE is of another call, which SIPp leaves out.
const scenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="camera">
  <send retrans="500"><![CDATA[
REGISTER sip:` + domain + ` SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:` + cameraID + `@` + domain + `>;tag=[call_number]
To: <sip:` + cameraID + `@` + domain + `>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:` + cameraID + `@[local_ip]:[local_port]>
Max-Forwards: 70
Expires: 3600
Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"></recv>
  <send retrans="500"><![CDATA[
REGISTER sip:` + domain + ` SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:` + cameraID + `@` + domain + `>;tag=[call_number]
To: <sip:` + cameraID + `@` + domain + `>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:` + cameraID + `@[local_ip]:[local_port]>
[authentication username=` + cameraID + ` password=` + password + `]
Max-Forwards: 70
Expires: 3600
Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
  <send retrans="500"><![CDATA[
MESSAGE sip:` + platformID + `@` + domain + ` SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:` + cameraID + `@` + domain + `>;tag=[call_number]
To: <sip:` + platformID + `@` + domain + `>
Call-ID: [call_id]
CSeq: 3 MESSAGE
Max-Forwards: 70
Content-Type: Application/MANSCDP+xml
Content-Length: [len]

<?xml version="1.0"?>
<Notify>
<CmdType>Alarm</CmdType>
<SN>[call_number]</SN>
<DeviceID>` + cameraID + `</DeviceID>
<AlarmPriority>4</AlarmPriority>
<AlarmTime>2026-11-22T12:00:00</AlarmTime>
<AlarmMethod>2</AlarmMethod>
</Notify>
  ]]></send>
  <recv response="200"></recv>
</scenario>
`

// SIPp knows nothing of us.
func TestSIPpIsServed(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("sipp is not installed: apt-get install sip-tester")
		}
		t.Skip("NOT PROVED: sipp is not installed: apt-get install sip-tester")
	}
	const calls = 20
	s := open(t, newDesk(), standard())
	folder := t.TempDir()
	file := filepath.Join(folder, "camera.xml")
	if err := os.WriteFile(file, []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"u1", "t1"} {
		c := exec.CommandContext(t.Context(), sipp, s.address, "-sf", file, "-i", "127.0.0.1", "-m", "20", "-r", "20", "-t", transport, "-timeout", "20s", "-timeout_error", "-nostdin", "-trace_err", "-error_file", filepath.Join(folder, "errors"))
		c.Dir = folder
		if out, err := c.CombinedOutput(); err != nil {
			said, _ := os.ReadFile(filepath.Join(folder, "errors"))
			t.Errorf("%s: %v\n%s\n%s", transport, err, said, out)
		}
	}
	if alarms := s.told(model.DeviceAlarm); len(alarms) != calls { // the second run tells the same again
		t.Errorf("%d alarms are stored, %d were told", len(alarms), calls)
	}
}
