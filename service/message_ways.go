package service

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// MessageWays is the ladder above the inbox, as the operator has set it up: by
// which provider's template each of our templates travels. The zero value has the
// inbox only.
type MessageWays struct {
	Wechat PushTemplates
	SMS    PushTemplates
}

// PushTemplates are a provider's templates by the names of ours; "*" is for all
// that are not named.
type PushTemplates map[string]PushTemplate

// PushTemplate is a provider's template and where its fields come from.
type PushTemplate struct {
	ID     string
	Fields []PushField
}

// PushField is one field: Source is text (the whole sentence), time, community, or
// the name of a parameter. Key is empty where fields are told by their order.
type PushField struct{ Key, Source string }

var (
	pushEntry = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]{0,63})=([A-Za-z0-9_-]{1,64})((?:,[a-z0-9_:]{1,65})*)$`)
	errWays   = errors.New("not a list of name=id,key:source,…;…")
)

// ParsePushTemplates reads "name=id,key:source,key:source;name=id,…". keyed says
// whether fields have keys or only an order.
func ParsePushTemplates(text string, keyed bool) (PushTemplates, error) {
	out := PushTemplates{}
	for entry := range strings.SplitSeq(text, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		m := pushEntry.FindStringSubmatch(entry)
		if m == nil || out[m[1]].ID != "" {
			return nil, errWays
		}
		t := PushTemplate{ID: m[2]}
		for field := range strings.SplitSeq(strings.TrimPrefix(m[3], ","), ",") {
			if field == "" {
				continue
			}
			key, source, found := strings.Cut(field, ":")
			if !found {
				key, source = "", field
			}
			if found != keyed || source == "" || keyed && key == "" {
				return nil, errWays
			}
			t.Fields = append(t.Fields, PushField{key, source})
		}
		out[m[1]] = t
	}
	return out, nil
}

func (t PushTemplates) of(template string) (PushTemplate, bool) {
	if found, ok := t[template]; ok {
		return found, true
	}
	found, ok := t["*"]
	return found, ok
}

// ids are the provider's templates, each once.
func (t PushTemplates) ids() []string {
	seen := map[string]bool{}
	for _, v := range t {
		seen[v.ID] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// first is the first rung for a message; SMS costs money and is for urgent ones.
func (w MessageWays) first(m *model.Message) (model.PushWay, bool) {
	if _, ok := w.Wechat.of(m.Template); ok {
		return model.WayWechat, true
	}
	return model.WaySMS, w.after(model.WayWechat, m)
}

// after says whether there is a rung behind one for a message.
func (w MessageWays) after(way model.PushWay, m *model.Message) bool {
	_, ok := w.SMS.of(m.Template)
	return way == model.WayWechat && m.Urgent && ok
}

// WaysView says which rungs of the ladder are there.
type WaysView struct{ Wechat, SMS bool }

// Ways shows the ladder to staff. Errors: not_found out of scope.
func (s *Messages) Ways(_ context.Context, caller *model.Caller, communityID string) (WaysView, error) {
	if err := s.Directory.Reach(caller, "notice.read", communityID); err != nil {
		return WaysView{}, err
	}
	return WaysView{Wechat: len(s.Deps.Ways.Wechat) > 0, SMS: len(s.Deps.Ways.SMS) > 0}, nil
}
