package communitypass_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"

	"github.com/goccy/go-yaml"
)

// composeFile is docker-compose.yml as far as it matters here.
type composeFile struct {
	Services map[string]composeService
	Secrets  map[string]struct{ File string }
}

type composeService struct {
	Image, User string
	Build       map[string]any
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Command     []string
	Environment map[string]string
	Secrets     []string
	Ports       []string
	Healthcheck struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Restart     string
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	var c composeFile
	if err := yaml.Unmarshal([]byte(readText(t, "docker-compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) < 3 {
		t.Fatalf("read %d services", len(c.Services))
	}
	return c
}

func readText(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestComposeKeepsItsServicesIn(t *testing.T) {
	for name, s := range readCompose(t).Services {
		tag := s.Image[strings.LastIndex(s.Image, ":")+1:]
		if !strings.Contains(s.Image, ":") || tag == "latest" {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to everybody", name, port)
			}
		}
		if s.Restart != "no" && len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if s.Build == nil {
			continue
		}
		if s.User != "65532:65532" || !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s runs with more rights than it needs: %+v", name, s)
		}
	}
}

func TestComposeHasNoDefaultSecrets(t *testing.T) {
	c := readCompose(t)
	secretName := regexp.MustCompile(`PASSWORD|SECRET|KEY|DATABASE$|TOKEN`)
	for name, s := range c.Services {
		for key, value := range s.Environment {
			if key != "MYSQL_DATABASE" && secretName.MatchString(key) && !strings.HasSuffix(key, "_FILE") {
				t.Errorf("%s: %s holds a secret in clear", name, key)
			}
			if strings.HasSuffix(key, "_FILE") && !slices.Contains(s.Secrets, strings.TrimPrefix(value, "/run/secrets/")) {
				t.Errorf("%s: %s names %s, which it is not given", name, key, value)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File != "./secrets/"+secret {
				t.Errorf("%s: secret %s does not come from ./secrets", name, secret)
			}
		}
	}
	for _, required := range []string{"COMMUNITYPASS_PUBLIC_URL", "COMMUNITYPASS_WECHAT_APP_ID"} {
		if value := c.Services["server"].Environment[required]; !strings.HasPrefix(value, "${"+required+":?") {
			t.Errorf("%s has a default: %q", required, value)
		}
	}
	for _, file := range []string{".gitignore", ".dockerignore"} {
		if !strings.Contains(readText(t, file), "/secrets") {
			t.Errorf("%s lets secrets in", file)
		}
	}
}

func TestComposeStartsInOrder(t *testing.T) {
	c := readCompose(t)
	if got := c.Services["migrate"]; got.DependsOn["mysql"].Condition != "service_healthy" || got.Restart != "no" || !slices.Equal(got.Command, []string{"migrate"}) {
		t.Errorf("migrate is %+v", got)
	}
	if got := c.Services["server"].DependsOn["migrate"].Condition; got != "service_completed_successfully" {
		t.Errorf("the server waits for migrate to be %q", got)
	}
}

func TestVariablesOfTheFilesExist(t *testing.T) {
	known := map[string]bool{}
	variable := regexp.MustCompile(`COMMUNITYPASS_[A-Z_]+`)
	for _, name := range variable.FindAllString(readText(t, "communitypass.env.sample"), -1) {
		known[name] = true
	}
	for _, file := range []string{"docker-compose.yml", "Dockerfile", "docs/operations.md", "docs/operations.zh.md"} {
		for _, name := range variable.FindAllString(readText(t, file), -1) {
			if !known[name] && !known[strings.TrimSuffix(name, "_")] && name != "COMMUNITYPASS_" {
				t.Errorf("%s names %s, which is not in the sample", file, name)
			}
		}
	}
}

func TestImageIsSmallAndUnprivileged(t *testing.T) {
	file := readText(t, "Dockerfile")
	stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(file, -1)
	if len(stages) < 2 || stages[len(stages)-1][1] != "scratch" {
		t.Errorf("the stages are %v", stages)
	}
	for _, s := range stages[:len(stages)-1] {
		if !strings.Contains(s[1], ":") || strings.HasSuffix(s[1], ":latest") {
			t.Errorf("%s is not pinned", s[1])
		}
	}
	last := file[strings.LastIndex(file, "FROM "):]
	for _, want := range []string{"USER 65532:65532", "ca-certificates.crt", `CMD ["/communitypass", "health"]`, `ENTRYPOINT ["/communitypass"]`} {
		if !strings.Contains(last, want) {
			t.Errorf("%q is missing in the last stage", want)
		}
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", "-X main.release="} {
		if !strings.Contains(file, want) {
			t.Errorf("%q is missing in the build", want)
		}
	}
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readText(t, "go.mod"))[1]
	if !slices.ContainsFunc(stages, func(s []string) bool { return strings.HasPrefix(s[1], "golang:"+wanted) }) {
		t.Errorf("built by %s, go.mod wants Go %s", stages[0][1], wanted)
	}
}

func TestMakeSecretsDrawsThemOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(readText(t, "Makefile")), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() map[string]string {
		cmd := exec.Command("make", "secrets")
		cmd.Dir = dir
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		made := map[string]string{"": string(said)}
		for name := range readCompose(t).Secrets {
			if content, err := os.ReadFile(filepath.Join(dir, "secrets", name)); err == nil {
				made[name] = string(content)
			}
		}
		return made
	}
	first, second := run(), run()
	if len(first) != 5 || first["mysql_password"] == first["mysql_root_password"] || !strings.Contains(second[""], "secrets/wechat_secret") {
		t.Errorf("made %d files; said %s", len(first)-1, second[""])
	}
	for name := range first {
		if name != "" && first[name] != second[name] {
			t.Errorf("%s was overwritten", name)
		}
	}
	if _, err := gm.ParseMaster(first["master_key"]); err != nil {
		t.Errorf("the master key is not usable: %v", err)
	}
	if want := "mysql://communitypass:" + first["mysql_password"] + "@mysql:3306/communitypass"; first["database"] != want {
		t.Errorf("the database is %s", first["database"])
	}
	if info, err := os.Stat(filepath.Join(dir, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open: %v, %v", info.Mode(), err)
	}
}
