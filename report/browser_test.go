package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// browser is a headless Chromium that is spoken to over a pipe, in the DevTools
// protocol: JSON messages with a zero byte behind each.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	session string
	last    int
	pressed bool // the left button of the mouse
}

// startBrowser opens a page; without a Chromium the test is skipped.
func startBrowser(t *testing.T, path string) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no chromium, chromium-browser or google-chrome is installed")
	}
	if testing.Short() {
		t.Skip("starts a browser")
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--hide-scrollbars", "--remote-debugging-pipe")
	command.ExtraFiles = []*os.File{in, out} // its file descriptors 3 and 4
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", nil, nil)
		_ = command.Wait() // it may have gone before it answered
		to.Close()
		from.Close()
	})
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.call("Page.enable", nil, nil)
	b.call("Page.navigate", map[string]any{"url": (&url.URL{Scheme: "file", Path: path}).String()}, nil)
	for b.evaluate(`document.readyState + location.protocol`) != "completefile:" {
	}
	return b
}

// call sends a command and waits for its answer; events in between are dropped.
func (b *browser) call(method string, parameters map[string]any, result any) {
	b.t.Helper()
	b.last++
	message := map[string]any{"id": b.last, "method": method}
	if parameters != nil {
		message["params"] = parameters
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		text, err := b.from.ReadBytes(0)
		if err != nil {
			if method == "Browser.close" {
				return
			}
			b.t.Fatalf("%s: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(text[:len(text)-1], &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.ID != b.last {
			continue
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// evaluate runs an expression in the page and returns what it gives as text.
func (b *browser) evaluate(expression string) string {
	b.t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("in the page: %s", out.ExceptionDetails.Exception.Description)
	}
	return fmt.Sprint(out.Result.Value)
}

// json runs an expression in the page and decodes what it gives.
func (b *browser) json(expression string, result any) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.evaluate("JSON.stringify("+expression+")")), result); err != nil {
		b.t.Fatal(err)
	}
}

// mouse moves the pointer, or presses or releases its left button.
func (b *browser) mouse(event string, x, y float64) {
	parameters := map[string]any{"type": event, "x": x, "y": y, "clickCount": 1}
	if event != "mouseMoved" {
		parameters["button"] = "left"
		b.pressed = event == "mousePressed"
	}
	if b.pressed {
		parameters["buttons"] = 1
	}
	b.call("Input.dispatchMouseEvent", parameters, nil)
}

// show sets the width of the window and the theme.
func (b *browser) show(width int, theme string) {
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": theme}}}, nil)
}

// outside lists what is not where it belongs: the page or a text is wider than its
// frame, a figure does not show just one of its two pictures, a line has no colour, or
// text has too little contrast (WCAG 2.1 asks for 4.5) with the page.
const outside = `(() => {
	const bad = [];
	for (const table of document.querySelectorAll(".scroll")) {
		const over = table.scrollWidth - table.clientWidth;
		if (over > 0 && innerWidth != 800) bad.push("the table " + table.getAttribute("aria-label") + " is " + over + " too wide");
	}
	if (document.documentElement.scrollWidth > innerWidth) bad.push("the page is " + document.documentElement.scrollWidth + " wide");
	for (const figure of document.querySelectorAll(".plot")) {
		const shown = [...figure.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width > 0);
		const name = figure.querySelector("h3").textContent;
		if (shown.length != 1) bad.push(name + " shows " + shown.length + " pictures");
		const frame = figure.getBoundingClientRect();
		for (const text of shown.flatMap(s => [...s.querySelectorAll("text")])) {
			const r = text.getBoundingClientRect();
			if (r.width > 0 && (r.left < frame.left - 1 || r.right > frame.right + 1)) bad.push(name + ": " + text.textContent + " hangs over");
		}
	}
	for (const svg of document.querySelectorAll("svg")) {
		const [name, ...ticks] = [...svg.querySelectorAll(".axis-name[transform], .tick[text-anchor=end]")].sort((a, b) => b.matches(".axis-name") - a.matches(".axis-name"));
		if (!name?.matches(".axis-name")) continue;
		const a = name.getBoundingClientRect();
		for (const tick of ticks) {
			const b = tick.getBoundingClientRect();
			if (b.width > 0 && b.left < a.right && b.top < a.bottom && b.bottom > a.top) bad.push(name.textContent + " hides " + tick.textContent);
		}
	}
	for (const line of document.querySelectorAll("svg line")) {
		if (getComputedStyle(line).stroke == "none") bad.push("a line of class " + line.getAttribute("class") + " is not seen");
	}
	for (const name of document.querySelectorAll(".numbers dt")) {
		if (name.previousElementSibling) bad.push("a number is read out before its name " + name.textContent);
	}
	let level = 1;
	for (const h of document.querySelectorAll("main h1, main h2, main h3")) {
		const now = +h.tagName[1];
		if (now > level + 1) bad.push("heading " + h.textContent + " skips a level");
		level = now;
	}
	const light = color => {
		const [r, g, b] = color.match(/[\d.]+/g).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const back = element => {
		for (let e = element; e; e = e.parentElement) {
			const color = getComputedStyle(e).backgroundColor;
			if (!color.endsWith(", 0)")) return color;
		}
	};
	for (const element of document.querySelectorAll("h1, h2, h3, p, td, th, dt, dd, li, figcaption, .badge")) {
		const [a, b] = [light(getComputedStyle(element).color), light(back(element))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) bad.push("contrast " + ratio.toFixed(1) + " of " + element.textContent.slice(0, 40));
	}
	return bad.join("\n");
})()`

// The page as a browser shows it, with its script and without: wide and narrow, light and
// dark, read under the pointer, printed, and nothing fetched.
func TestPageInABrowser(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, everything(t)); err != nil {
		t.Fatal(err)
	}
	path, plain := filepath.Join(dir, PageName), filepath.Join(dir, "plain.html")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, []byte(withoutScript(t, string(page))), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, plain} {
		t.Run(filepath.Base(path), func(t *testing.T) { pageInABrowser(t, path) })
	}
}

func pageInABrowser(t *testing.T, path string) {
	b := startBrowser(t, path)
	b.fits()
	if fetched := b.evaluate(`performance.getEntriesByType("resource").length`); fetched != "0" {
		t.Errorf("the page fetched %s things", fetched)
	}
	t.Logf("loaded in %s ms", b.evaluate(`Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd)`))
	for width, picture := range map[int]string{1280: "wide", 390: "narrow"} {
		b.show(width, "light")
		b.reads(picture)
	}
	b.named()
	var pdf struct{ Data string }
	b.call("Page.printToPDF", nil, &pdf)
	if len(pdf.Data) < 20000 {
		t.Errorf("printed, the page has %d bytes", len(pdf.Data)*3/4)
	}
}

// A page of several comparisons fits too.
func TestSeveralInABrowser(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, everything(t), ofHorizons(t), ofHorizons(t)); err != nil {
		t.Fatal(err)
	}
	startBrowser(t, filepath.Join(dir, PageName)).fits()
}

// So does one of names without spaces that are longer than a line.
func TestLongNamesInABrowser(t *testing.T) {
	var results []summary.Result
	for _, variant := range []string{"none", "shift", "haar"} {
		for seed := range uint64(3) {
			r := synthetic(variant, seed+1, 400, 0.04)
			r.Name = strings.Repeat(variant, 50)
			for i := range r.Curve {
				r.Curve[i].Loss *= 1000
			}
			results = append(results, r)
		}
	}
	s := compared(t, results...)
	s.Command += " --out " + strings.Repeat("a", 300)
	dir := t.TempDir()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	startBrowser(t, filepath.Join(dir, PageName)).fits()
}

// fits looks for what is outside in windows of three widths and both themes.
func (b *browser) fits() {
	b.t.Helper()
	for _, width := range []int{1280, 800, 390} {
		for _, theme := range []string{"light", "dark"} {
			b.show(width, theme)
			if bad := b.evaluate(outside); bad != "" {
				b.t.Errorf("%d wide, %s:\n%s", width, theme, bad)
			}
		}
	}
}

// reads points at a picture of the curves, and away from it.
func (b *browser) reads(picture string) {
	b.t.Helper()
	var middle struct{ X, Y float64 }
	b.json(`(() => {
		const svg = document.querySelector("svg.`+picture+`:has(.ticks)");
		svg.scrollIntoView({block: "center"});
		const r = svg.getBoundingClientRect();
		return {X: r.left + r.width / 2, Y: r.top + r.height / 2};
	})()`, &middle)
	const shown = `[...document.querySelectorAll(".reading")].map(r => r.querySelector("text")).filter(r => r.getClientRects().length > 0).map(r => r.textContent).join("|")`
	b.mouse("mouseMoved", middle.X, middle.Y)
	text := b.evaluate(shown)
	for _, want := range []string{"step ", "none ", "haar ", "bits", "nats"} {
		if !strings.Contains(text, want) {
			b.t.Errorf("%s: under the pointer the picture says %q, without %q", picture, text, want)
		}
	}
	if strings.Contains(text, "|") {
		b.t.Errorf("%s: several readings at once: %q", picture, text)
	}
	b.mouse("mouseMoved", 1, 1)
	if text := b.evaluate(shown); text != "" {
		b.t.Errorf("%s: with the pointer elsewhere it says %q", picture, text)
	}
}
