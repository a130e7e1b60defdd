package house_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A feed for a province raises what concerns this district, and keeps the rest quietly.
func TestWarningsOfOtherAreasRaiseNothing(t *testing.T) {
	r := &rig{Gatehouse: testkit.NewGatehouse(t)}
	r.open(t, house.MQTT{})
	by := r.Manager(r.Garden)
	register := func(protocol string) (service.Registered, error) {
		return r.house.Services.Devices.Register(t.Context(), by, r.Garden.ID, service.NewVendorDevice{GateID: r.Garden.Entrance.ID, Name: "预警 " + protocol, Protocol: protocol,
			Settings: service.DeviceSettings{Areas: []string{"330102", "330106"}}})
	}
	if _, err := register("dahua"); err == nil {
		t.Error("areas are taken for a door")
	}
	feed, err := register("cap")
	if err != nil {
		t.Fatal(err)
	}
	for id, area := range map[string]string{"here": "<geocode><valueName>GB/T 2260</valueName><value>330102</value></geocode>", "province": "<geocode><valueName>GB/T 2260</valueName><value>330000</value></geocode>",
		"elsewhere": "<geocode><valueName>GB/T 2260</valueName><value>440300</value></geocode>", "in-words": ""} {
		q := httptest.NewRequest(http.MethodPost, feed.Path, strings.NewReader(fmt.Sprintf(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier><sender>bureau@weather.example</sender><sent>2026-11-22T12:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><category>Met</category><event>大风</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty><area><areaDesc>某地</areaDesc>%s</area></info></alert>`, id, area)))
		q.Header.Set("Content-Type", "application/cap+xml")
		w := httptest.NewRecorder()
		r.house.Devices.ServeHTTP(w, q)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"accepted":true`) {
			t.Errorf("%s: %d %s", id, w.Code, w.Body)
		}
	}
	if got := fmt.Sprint(r.events(t, feed)); got != "map[alarm raised:3 status elsewhere:1]" {
		t.Error(got)
	}
}
