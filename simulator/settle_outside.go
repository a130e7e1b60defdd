package simulator

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// connect registers the property system of the first community.
func (t *settler) connect(url string) error {
	shown, secret, err := t.s.Recipients.Create(t.ctx, t.manager(t.out.Communities[0].ID), service.RecipientInput{
		CommunityID: t.out.Communities[0].ID, Kind: "property", Name: "模拟物业系统 Simulated property system", URL: url,
		Purpose: "通行验证转发 Forwarding of gate validations", Agreement: "DEMO-1", SM2: true})
	t.out.RecipientID, t.out.Secret = shown.ID, secret
	return err
}

// What the simulated systems of others are spoken to with. It opens nothing but them.
const (
	CityAccount    = "communitypass"
	CityPassword   = "demo-city-password"
	CityDeviceCode = "32050500001320000007"
	HCSecret       = "demo-hc-secret"
)

// cascade registers the city's platform of the first community.
func (t *settler) cascade(url string) error {
	shown, _, err := t.s.Recipients.Create(t.ctx, t.manager(t.out.Communities[0].ID), service.RecipientInput{
		CommunityID: t.out.Communities[0].ID, Kind: model.RecipientCity, Format: model.FormatVIID, Name: "模拟城市平台 Simulated city platform", URL: url,
		Account: CityAccount, DeviceCode: CityDeviceCode, Secret: CityPassword, Purpose: "车辆通行上报 Vehicles that passed", Agreement: "DEMO-2"})
	t.out.CityRecipientID = shown.ID
	return err
}
