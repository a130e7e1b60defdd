package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestLogRedactsByType(t *testing.T) {
	person := model.Person{ID: "01KP", Name: "张三丰", Phone: "13800000001"}
	deviceToken := model.NewSecret("dt")
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl"
	for name, value := range map[string]any{
		"struct": person, "pointer": &person, "slice": []model.Person{person}, "map": map[string]string{"name": person.Name},
		"secret": newSecret("张三丰"), "token": "Bearer " + deviceToken, "jwt": "Bearer " + jwt,
		"error": errors.New("refused " + deviceToken), "strings": []string{deviceToken, jwt}, "bytes": []byte("13800000001"),
		"group": slog.GroupValue(slog.Any("inner", person), slog.String("t", deviceToken)), "master": gm.NewMaster(),
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			newLog(&b, 0).Info("said "+deviceToken, "key", value)
			line := b.String()
			for _, leak := range []string{"张三丰", "13800000001", deviceToken[4:20], "c2lnbmF0dXJl", "MTM4MDAwMDAwMDE"} {
				if strings.Contains(line, leak) {
					t.Errorf("%q leaks in %s", leak, line)
				}
			}
			if strings.Count(line, "\n") != 1 || !json.Valid([]byte(line)) {
				t.Errorf("not one line of JSON: %q", line)
			}
		})
	}
}

func TestLogKeepsWhatOperatorsNeed(t *testing.T) {
	var b strings.Builder
	log := newLog(&b, slog.LevelInfo)
	log.Debug("too fine")
	log.Info("took\nlong", "status", 200, "took", 3*time.Millisecond, "id", "01KAP5W0000000000000000001", "error", model.Fail(model.CodeTimeout), "nothing", nil)
	var line map[string]any
	if err := json.Unmarshal([]byte(b.String()), &line); err != nil {
		t.Fatal(err)
	}
	if line["msg"] != "took\nlong" || line["status"] != 200.0 || line["id"] != "01KAP5W0000000000000000001" || line["error"] != "timeout" || line["level"] != "INFO" {
		t.Errorf("logged %v", line)
	}
}
