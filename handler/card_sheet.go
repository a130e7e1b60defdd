package handler

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// GetCardSheet is GET /v1/communities/{cid}/cards/{id}/sheet. As SVG it is the whole
// card, whose text the printer's own fonts draw; as PNG the symbol alone, for cards
// that are laid out elsewhere.
func (h *Cards) GetCardSheet(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		fail(c, err)
		return
	}
	wanted, err := sheetRequest(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	ctx := c.Request.Context()
	v, err := h.Service.Sheet(ctx, middleware.Caller(ctx), c.Param("cid"), id)
	if err != nil {
		fail(c, err)
		return
	}
	image, err := h.draw(v, wanted)
	if err != nil {
		fail(c, model.Fail(model.CodeInternal, err))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, wanted.mediaType, image)
}

// sheetRequest is imageRequest with SVG for who does not mind.
func sheetRequest(r *http.Request) (imageWanted, error) {
	wanted, err := imageRequest(r)
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if err == nil && (accept == "" || quality(accept, mediaSVG) >= quality(accept, mediaPNG)) {
		wanted.mediaType = mediaSVG
	}
	return wanted, err
}

// The card measures cardWidth × cardHeight units, near enough to a bank card on end.
const (
	cardWidth  = 540
	cardHeight = 860
	symbolEdge = 440
	// gatesNamed bounds the gates that fit on a card.
	gatesNamed = 4
)

func (h *Cards) draw(v service.CardView, wanted imageWanted) ([]byte, error) {
	if wanted.mediaType == mediaPNG {
		return h.Painter.PNG(v.Card.Code, wanted.size)
	}
	symbol, err := h.Painter.SVG(v.Card.Code, symbolEdge)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" text-anchor="middle">`,
		wanted.size, wanted.size*cardHeight/cardWidth, cardWidth, cardHeight)
	fmt.Fprintf(&b, `<rect x="2" y="2" width="%d" height="%d" rx="24" fill="#fff" stroke="#000" stroke-width="2"/>`, cardWidth-4, cardHeight-4)
	line(&b, 56, 30, v.Community)
	line(&b, 94, 24, "通行卡 Pass card")
	// The symbol is an image of its own, put at its place.
	fmt.Fprintf(&b, `<svg x="%d" y="112" %s`, (cardWidth-symbolEdge)/2, bytes.TrimPrefix(symbol, []byte("<svg ")))
	line(&b, 596, 34, v.NameMasked)
	line(&b, 636, 24, "楼栋 Building "+v.Pass.Building)
	line(&b, 672, 22, "门 Gates "+gateNames(v.Gates))
	line(&b, 712, 26, "有效期至 Valid to "+v.LastDay)
	line(&b, 748, 18, fmt.Sprintf("每日每方向最多 %d 次 · At most %d a day each way", v.DailyCap, v.DailyCap))
	line(&b, 794, 20, "拾到请交还物业服务中心")
	line(&b, 822, 18, "If found, please hand in at the property office")
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}

func line(b *bytes.Buffer, y, size int, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d">`, cardWidth/2, y, size)
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
	b.WriteString(`</text>`)
}

func gateNames(gates []model.Gate) string {
	names := each(gates, func(g model.Gate) string { return g.Name })
	if len(names) > gatesNamed {
		names = append(names[:gatesNamed], "…")
	}
	return strings.Join(names, "、")
}
