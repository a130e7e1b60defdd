package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// ResidencySearch says whom staff look for; empty fields do not narrow, but one of
// name, initials and building must be there.
type ResidencySearch struct {
	Name     string
	Initials string
	Building string
	Status   string
}

// Search gives a community's residencies whose person has the name, or a name with
// these initials in pinyin, and that are in the building; newest first. That
// somebody searched is in the audit log, for what is not. Errors: not_found out of
// scope, invalid when nothing is asked.
func (r *Residencies) Search(ctx context.Context, caller *model.Caller, communityID string, in ResidencySearch, p Page) (List[ResidencyView], error) {
	if err := r.Directory.Reach(caller, "residency.read", communityID); err != nil {
		return List[ResidencyView]{}, err
	}
	in.Building = model.NormalAddress(in.Building)
	if model.NormalName(in.Name) == "" && in.Initials == "" && in.Building == "" {
		return List[ResidencyView]{}, model.Invalid(model.FieldError{Field: "/name", Code: "required"})
	}
	tx := r.Store.View(ctx)
	found, err := tx.SearchResidencies(communityID, store.ResidencySearch(in), p.Cursor, p.Size()+1)
	if err != nil {
		return List[ResidencyView]{}, err
	}
	page := paged(found, p, func(r model.Residency) string { return r.ID })
	views, err := residencyViews(tx, page.Items)
	if err != nil {
		return List[ResidencyView]{}, err
	}
	err = r.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, communityID, "residency.search", "community", communityID, map[string]string{
			"found": strconv.Itoa(len(views)), "name": strconv.FormatBool(in.Name != ""),
			"initials": strconv.FormatBool(in.Initials != ""), "building": strconv.FormatBool(in.Building != "")})
	})
	return List[ResidencyView]{Items: views, Next: page.Next}, err
}

// indexName makes a residency findable by the name that its person has now.
func (d *Deps) indexName(tx *store.Tx, r model.Residency) error {
	person, err := tx.Person(r.PersonID)
	if model.IsNotFound(err) {
		return tx.IndexName(r, "")
	}
	if err != nil {
		return err
	}
	return tx.IndexName(r, person.Name)
}

// NameIndex puts residencies into the index of names that are not there: those of
// an older version.
type NameIndex struct{ Deps }

// NewNameIndex makes the job.
func NewNameIndex(d Deps) *NameIndex { return &NameIndex{Deps: d} }

// nameBatch bounds what one transaction indexes.
const nameBatch = 100

// Fill indexes at most nameBatch residencies and says how many.
func (n *NameIndex) Fill(ctx context.Context) (int, error) {
	missing, err := n.Store.View(ctx).NotIndexed(nameBatch)
	if err != nil || len(missing) == 0 {
		return 0, err
	}
	err = n.Store.Update(ctx, func(tx *store.Tx) error {
		for _, r := range missing {
			if err := n.indexName(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	return len(missing), err
}
