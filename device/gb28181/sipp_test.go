package gb28181

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// registers is a device as SIPp plays it, that signs in by digest.
const registers = `
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
`

// alarms is one that sends an alarm. Our own MESSAGE is of another call, which SIPp
// leaves out.
const alarms = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="camera">` + registers + `
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

// request is one of the device's own, within the call that asks it.
func request(method, sequence, headers, body string) string {
	return `<send retrans="500"><![CDATA[
` + method + ` sip:` + platformID + `@` + domain + ` SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:` + cameraID + `@` + domain + `>;tag=camera
To: <sip:` + platformID + `@` + domain + `>[$peer_tag]
Call-ID: [call_id]
CSeq: ` + sequence + ` ` + method + `
Max-Forwards: 70
` + headers + `Content-Type: Application/MANSCDP+xml
Content-Length: [len]

` + body + `
  ]]></send>
  <recv response="200"></recv>
`
}

// part is one message of the channels, as many as are said to be in all.
func part(sequence string, items ...string) string {
	list := ""
	for i := 0; i+1 < len(items); i += 2 {
		list += "<Item>\n<DeviceID>" + items[i] + "</DeviceID>\n<Name>" + items[i+1] + "</Name>\n<Status>ON</Status>\n</Item>\n"
	}
	return request("MESSAGE", sequence, "", `<?xml version="1.0"?>
<Response>
<CmdType>Catalog</CmdType>
<SN>[$sn]</SN>
<DeviceID>`+cameraID+`</DeviceID>
<SumNum>3</SumNum>
<DeviceList Num="`+strconv.Itoa(len(items)/2)+`">
`+list+`</DeviceList>
</Response>`)
}

// answers is what a registered device is asked: its channels, of which it tells the last
// first and one twice, and its alarms, of which it tells one and takes its leave.
var answers = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="asked">
  <recv request="MESSAGE" optional="true" next="catalogue">
    <action>
      <ereg regexp="&lt;SN&gt;([0-9]+)&lt;/SN&gt;" search_in="msg" check_it="true" assign_to="all,sn"/>
      <assignstr assign_to="peer_tag" value=""/>
    </action>
  </recv>
  <recv request="SUBSCRIBE">
    <action>
      <ereg regexp=";tag=[^ &gt;;]+" search_in="hdr" header="From:" check_it="true" assign_to="peer_tag"/>
      <assignstr assign_to="all" value=""/><assignstr assign_to="sn" value=""/>
    </action>
  </recv>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=camera
[last_Call-ID:]
[last_CSeq:]
Expires: 600
Content-Length: 0

  ]]></send>
  ` + request("NOTIFY", "1", "Event: presence\nSubscription-State: active;expires=600\n", `<?xml version="1.0"?>
<Notify>
<CmdType>Alarm</CmdType>
<SN>7</SN>
<DeviceID>`+cameraID+`</DeviceID>
<AlarmPriority>4</AlarmPriority>
<AlarmTime>2026-11-22T12:00:00</AlarmTime>
<AlarmMethod>2</AlarmMethod>
</Notify>`) + request("NOTIFY", "2", "Event: presence\nSubscription-State: terminated;reason=deactivated\n", "") + `
  <nop next="end"/>
  <label id="catalogue"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=camera
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
  ` + part("1", "34020000001310000003", "Garage") + part("2", "34020000001310000001", "Gate", "34020000001310000003", "Garage") +
	part("3", "34020000001310000002", "Yard") + `
  <label id="end"/>
  <Reference variables="all"/>
</scenario>
`

// sippOf is SIPp with a scenario, not started.
func sippOf(t *testing.T, scenario string, more ...string) *exec.Cmd {
	t.Helper()
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("sipp is not installed: apt-get install sip-tester")
		}
		t.Skip("NOT PROVED: sipp is not installed: apt-get install sip-tester")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "scenario.xml"), []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), sipp, append(more, "-sf", "scenario.xml", "-i", "127.0.0.1", "-timeout", "60s", "-timeout_error", "-nostdin", "-trace_err", "-error_file", "errors")...)
	c.Dir = folder
	return c
}

// played waits for SIPp, which says itself whether all went as its scenario has it.
func played(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		said, _ := os.ReadFile(filepath.Join(c.Dir, "errors"))
		t.Errorf("%v\n%s\n%s", err, said, out)
	}
}

// SIPp knows nothing of us.
func TestSIPpIsServed(t *testing.T) {
	const calls = 20
	s := open(t, newDesk(), standard())
	for _, transport := range []string{"u1", "t1"} {
		played(t, sippOf(t, alarms, s.address, "-m", "20", "-r", "20", "-t", transport))
	}
	if alarms := s.told(model.DeviceAlarm); len(alarms) != calls { // the second run tells the same again
		t.Errorf("%d alarms are stored, %d were told", len(alarms), calls)
	}
}

func TestSIPpIsAsked(t *testing.T) {
	for network, transport := range map[string]string{"udp": "u1", "tcp": "t1"} {
		t.Run(network, func(t *testing.T) {
			s := open(t, newDesk(), standard())
			_, port, _ := net.SplitHostPort(freePort(t))
			played(t, sippOf(t, `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="registers">`+registers+`
</scenario>
`, s.address, "-m", "1", "-p", port, "-t", transport))
			s.Look(t.Context())
			s.clock.Advance(settled)
			device, done := sippOf(t, answers, "-m", "2", "-p", port, "-t", transport), make(chan struct{})
			go func() { defer close(done); played(t, device) }()
			listens(t, network, "127.0.0.1:"+port)
			s.Look(t.Context())
			<-done
			s.idle(t)
			want := []string{"channel_on 34020000001310000001 Gate", "channel_on 34020000001310000002 Yard", "channel_on 34020000001310000003 Garage"}
			if told := slices.Sorted(slices.Values(s.channelsTold())); !slices.Equal(told, want) {
				t.Errorf("channels %q", told)
			}
			if told := s.told(model.DeviceAlarm); len(told) != 1 || told[0].Native != "gb28181.2.0" {
				t.Errorf("alarms %+v", told)
			}
			s.Server.mu.Lock()
			defer s.Server.mu.Unlock()
			if sub := s.cared[cameraID].sub; sub.callID != "" || sub.refused {
				t.Errorf("what the device ended stands as %+v", sub)
			}
		})
	}
}

// freePort is one that nobody has on either transport.
func freePort(t *testing.T) string {
	t.Helper()
	stream, datagrams := sockets(t)
	defer stream.Close()
	defer datagrams.Close()
	return stream.Addr().String()
}

// listens waits until somebody has the address.
func listens(t *testing.T, network, address string) {
	t.Helper()
	for model.Wait(t.Context(), 10*time.Millisecond) == nil {
		if network == "tcp" {
			if c, err := net.Dial("tcp", address); err == nil {
				_ = c.Close()
				return
			}
			continue
		}
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return
		}
		_ = c.Close()
	}
	t.Fatal("SIPp does not listen")
}
