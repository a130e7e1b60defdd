package agent

import (
	"fmt"
	"slices"
)

// Fault is something wrong with the gate, for the guard and the operator.
type Fault struct {
	// Code is stable.
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Codes of faults.
const (
	faultRevoked   = "credential_revoked"
	faultSignature = "signature_refused"
	faultNoBundle  = "no_bundle"
	faultBundle    = "bundle_refused"
	faultStale     = "bundle_stale"
	faultJournal   = "journal_damaged"
	faultDisk      = "journal_not_written"
	faultLetters   = "dead_letters"
	faultUpload    = "upload_refused"
	faultRelay     = "door_not_opened"
	faultReader    = "reader_silent"
	faultEdge      = "edge_unreachable"
)

var faultSentences = map[string][2]string{
	faultRevoked:   {"本设备的凭证已被平台收回，本门不再放行任何人，请联系物业", "The platform has withdrawn this device's credential: this gate admits nobody. Ask the property manager."},
	faultSignature: {"平台不接受本设备的签名，本门暂按离线判定；请检查途中的代理，或重新登记本设备", "The server does not take this device's signature: this gate decides alone. Look at the proxies on the way, or enrol the device anew."},
	faultNoBundle:  {"本门还没有离线包，断网时无法判定", "This gate has no bundle yet and cannot decide without the network."},
	faultBundle:    {"收到的离线包未通过校验，已拒绝，继续使用原来的离线包", "A bundle failed its checks and was refused; the one before it stays in force."},
	faultStale:     {"离线包已过期，本门按“无法判定”的设置处理", "The bundle has expired: this gate does what it is set to do when it cannot decide."},
	faultJournal:   {"本机记录有 %d 处损坏，已另存，请联系维护人员", "The journal was damaged in %d places, which were copied aside. Tell the operator."},
	faultDisk:      {"记录写不进磁盘：断网时进门不再自行放行，出门照常并暂记在内存", "The journal cannot be written: without the network nobody comes in by this gate alone; the way out stays free and is kept in memory."},
	faultLetters:   {"有 %d 条记录平台不接收，已保留在本机，请处理", "The platform does not take %d records; they are kept here and wait for somebody to look."},
	faultUpload:    {"平台暂时拒绝接收记录，已保留，稍后再传", "The platform takes no records at the moment; they are kept and sent later."},
	faultRelay:     {"门没有打开，请检查继电器", "The door did not open. Look at the relay."},
	faultReader:    {"读码器没有回应，正在重新连接", "The reader does not answer; it is being opened again."},
	faultEdge:      {"联系不上本小区的主门禁，一码一次只在本门内保证", "The site's edge cannot be reached: a code is held to one use at this gate only."},
}

// fault says that something is wrong, until mend.
func (a *Agent) fault(code string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	said := faultSentences[code]
	f := Fault{Code: code, Zh: said[0], En: said[1]}
	if len(args) > 0 {
		f.Zh, f.En = fmt.Sprintf(f.Zh, args...), fmt.Sprintf(f.En, args...)
	}
	if a.faults[code] != f {
		a.Log.Warn("fault", "code", code, "zh", f.Zh, "en", f.En)
	}
	a.faults[code] = f
}

func (a *Agent) mend(codes ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, code := range codes {
		if _, was := a.faults[code]; was {
			a.Log.Info("mended", "code", code)
			delete(a.faults, code)
		}
	}
}

// standing lists the faults by code; the caller holds the lock.
func (a *Agent) standing() []Fault {
	out := []Fault{}
	for _, f := range a.faults {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Fault) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return out
}
