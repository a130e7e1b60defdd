package service

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

func TestDatesOfARoster(t *testing.T) {
	for written, want := range map[string]string{
		"2026-12-31": "2026-12-31", "2026/1/5": "2026-01-05", "2026.12.31": "2026-12-31", "20261231": "2026-12-31",
		"2026年3月1日": "2026-03-01", "２０２６－１２－３１": "2026-12-31", "2026-12-31 00:00:00": "2026-12-31", "2026-12-31T00:00:00Z": "2026-12-31",
		"46387": "2026-12-31", "46387.75": "2026-12-31", "3000": "1908-03-18", "1985": "",
		"01/02/2026": "", "31-12-2026": "", "2026-02-30": "", "2026-13-01": "", "0": "", "60": "", "-5": "", "1e400": "", "NaN": "", "soon": "", "20261332": "",
	} {
		day, ok := readDate(written)
		got := ""
		if ok {
			got = day.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
}

func TestAgeGroupsChangeOnTheBirthday(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.ParseInLocation("2006-01-02 15:04:05", s, chinaTime)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	born := at("1966-11-22 00:00:00")
	for now, want := range map[string]model.AgeGroup{
		"1980-11-21 23:59:59": model.AgeChild, "1980-11-22 00:00:00": model.AgeAdult,
		"2026-11-21 23:59:59": model.AgeAdult, "2026-11-22 00:00:00": model.AgeElder,
	} {
		if got := ageGroupAt(born, at(now).UTC()); got != want {
			t.Errorf("at %s: %s, want %s", now, got, want)
		}
	}
}
