package report

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// probes are functions that the tests call in the page: of the pictures that are shown,
// the first one with curves, the steps of cross-hairs, and what the axes say about a
// place.
const probes = `
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility != "hidden";
const picture = () => [...document.querySelectorAll("svg")].find(s => s.querySelector(".ticks") && shown(s));
const series = name => [...document.querySelectorAll("g[data-series='" + name + "']:not([data-key]) path")].filter(shown).length;
const crosshairs = () => [...document.querySelectorAll(".read")].filter(r => shown(r.querySelector(".cursor"))).map(r => +r.dataset.step);
const boxes = () => [...document.querySelectorAll(".read .box")].filter(shown).length;
const places = () => JSON.stringify([...picture().querySelectorAll("*")].map(e => ["d", "x", "y", "cx", "cy", "x1", "x2", "y1", "y2", "width", "transform"].map(n => e.getAttribute(n) || "")));
const number = text => +text.replace(/,/g, "").replace("\u2212", "-");
const axis = (attribute, anchor) => [...picture().querySelectorAll(".ticks text.tick[text-anchor=" + anchor + "]")].map(t => [+t.getAttribute(attribute), number(t.textContent)]).sort((a, b) => a[0] - b[0]);
const at = (ticks, place) => { const [a, b] = [ticks[0], ticks[ticks.length - 1]]; return a[1] + (b[1] - a[1]) * (place - a[0]) / (b[0] - a[0]); };
`

// point is a reading of a picture: the step and the loss of none in its words, and
// where the axes say that its cross-hair and the curve are.
type point struct{ Step, StepOfAxis, Loss, LossOfAxis float64 }

const readings = `(() => {
	const x = axis("x", "middle"), y = axis("y", "end").map(([at, v]) => [at - 4, v]);
	const curve = picture().querySelector(".inside g[data-series='none'] path.mean:not(.again)").getAttribute("d").slice(1).split(" ").map(p => p.split(",").map(Number));
	return [...picture().querySelectorAll(".read")].filter(r => r.style.display != "none").map(r => {
		const place = +r.querySelector(".cursor").getAttribute("x1");
		const near = curve.reduce((a, b) => Math.abs(a[0] - place) < Math.abs(b[0] - place) ? a : b);
		return {Step: +r.dataset.step, StepOfAxis: at(x, place), Loss: +r.textContent.match(/none ([\d.]+) bits/)[1], LossOfAxis: at(y, near[1])};
	});
})()`

// What the script adds: hidden curves, a linked cross-hair, and a zoom after which axes,
// curves and readings still agree.
func TestScript(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, everything(t)); err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t, filepath.Join(dir, PageName))
	b.evaluate(probes + `"ready"`)
	for _, width := range []int{1280, 390} {
		b.show(width, "light")
		t.Run(strconv.Itoa(width), func(t *testing.T) {
			b.t = t
			b.evaluate(`window.drawn = places(); picture().scrollIntoView({block: "center"})`)
			b.labels()
			b.toggles()
			b.links()
			if width > 640 {
				b.drags()
			}
			b.keys()
			if b.evaluate(`places() == drawn`) != "true" {
				t.Error("after all is undone the picture is another one")
			}
		})
	}
}

// agree compares what the axes of the picture say with its readings, and returns the
// first and the last step that are seen.
func (b *browser) agree() (first, last float64) {
	b.t.Helper()
	var points []point
	b.json(readings, &points)
	if len(points) < 3 {
		b.t.Fatalf("%d readings", len(points))
	}
	first, last = points[0].Step, points[len(points)-1].Step
	for _, p := range points {
		if math.Abs(p.Step-p.StepOfAxis) > 0.005*(last-first) || math.Abs(p.Loss-p.LossOfAxis) > 0.01 {
			b.t.Errorf("at step %v with %v bits the axes say step %.1f, %.3f bits", p.Step, p.Loss, p.StepOfAxis, p.LossOfAxis)
		}
	}
	return first, last
}

// labels checks that the axes of all pictures keep their labels when a curve is hidden:
// the horizontal axis does not change, also if it is logarithmic.
func (b *browser) labels() {
	b.t.Helper()
	const toggle = `document.querySelector(".toggles button[data-key=haar]").click()`
	const labels = `[...document.querySelectorAll("svg")].filter(s => s.querySelector(".ticks") && shown(s)).map(s => [...s.querySelectorAll(".ticks text.tick[text-anchor=middle]")].map(t => t.textContent).sort().join(" "))`
	var before, after []string
	b.json(labels, &before)
	b.evaluate(toggle)
	b.json(labels, &after)
	b.evaluate(toggle)
	if diff := cmp.Diff(before, after); diff != "" || len(before) != 5 {
		b.t.Errorf("a hidden curve changes what %d horizontal axes say (-before +after):\n%s", len(before), diff)
	}
}

func (b *browser) toggles() {
	b.t.Helper()
	before := b.evaluate(`series("haar")`)
	others := b.evaluate(`series("shift")`)
	click := `document.querySelector(".toggles button[data-key=haar]").click()`
	b.evaluate(click)
	if before == "0" || b.evaluate(`series("haar")`) != "0" || b.evaluate(`series("shift")`) != others {
		b.t.Errorf("of %s curves of haar %s are shown after a click, of %s of shift %s", before, b.evaluate(`series("haar")`), others, b.evaluate(`series("shift")`))
	}
	if pressed := b.evaluate(`[...document.querySelectorAll("button[data-key=haar]")].map(e => e.getAttribute("aria-pressed")).join("")`); strings.Contains(pressed, "true") {
		b.t.Errorf("buttons of a hidden curve are pressed: %s", pressed)
	}
	b.agree()
	b.evaluate(click)
	if after := b.evaluate(`series("haar")`); after != before {
		b.t.Errorf("%s curves of haar are shown after two clicks, want %s", after, before)
	}
}

func (b *browser) links() {
	b.t.Helper()
	x, y := b.middle()
	b.mouse("mouseMoved", x, y)
	var steps []float64
	b.json(`crosshairs()`, &steps)
	if len(steps) != 5 || b.evaluate(`boxes()`) != "1" {
		b.t.Errorf("%d cross-hairs and %s boxes, want 5 and 1", len(steps), b.evaluate(`boxes()`))
	}
	for _, step := range steps {
		if math.Abs(step-steps[0]) > 100 {
			b.t.Errorf("cross-hairs at steps %v", steps)
		}
	}
	b.mouse("mouseMoved", 1, 1)
	if n := b.evaluate(`crosshairs().length`); n != "0" {
		b.t.Errorf("%s cross-hairs with the pointer elsewhere", n)
	}
}

// middle is the place of the middle of the picture.
func (b *browser) middle() (x, y float64) {
	var at struct{ X, Y float64 }
	b.json(`(r => ({X: r.left + r.width / 2, Y: r.top + r.height / 2}))(picture().getBoundingClientRect())`, &at)
	return at.X, at.Y
}

func (b *browser) drags() {
	b.t.Helper()
	first, last := b.agree()
	x, y := b.middle()
	b.mouse("mouseMoved", x-200, y)
	b.mouse("mousePressed", x-200, y)
	b.mouse("mouseMoved", x, y+30)
	b.mouse("mouseReleased", x, y+30)
	if b.evaluate(`document.activeElement == picture()`) != "true" {
		b.t.Error("a picture that was dragged over does not get the keys")
	}
	from, to := b.agree()
	if bad := b.evaluate(outside); bad != "" {
		b.t.Errorf("after a drag:\n%s", bad)
	}
	if from <= first || to >= last || to-from > 0.3*(last-first) {
		b.t.Errorf("from steps %v to %v a drag leads to %v to %v", first, last, from, to)
	}
	b.evaluate(`[...picture().closest("figure").querySelectorAll("button")].find(e => e.title == "Show all" && shown(e)).click()`)
	if a, z := b.agree(); a != first || z != last {
		b.t.Errorf("after all is shown steps %v to %v are, want %v to %v", a, z, first, last)
	}
	b.mouse("mouseMoved", 1, 1)
}

func (b *browser) keys() {
	b.t.Helper()
	first, last := b.agree()
	press := func(key string) {
		b.evaluate(`picture().dispatchEvent(new KeyboardEvent("keydown", {key: "` + key + `", bubbles: true}))`)
	}
	if role := b.evaluate(`picture().getAttribute("role")`); role != "application" {
		b.t.Errorf("to a screen reader, which gives arrows to no %s, a picture is one", role)
	}
	b.evaluate(`picture().focus()`)
	for range 3 {
		press("ArrowRight")
	}
	said := b.evaluate(`document.querySelector("p.said").textContent`)
	if !strings.HasPrefix(said, "step ") || !strings.Contains(said, "haar ") || b.evaluate(`boxes()`) != "1" {
		b.t.Errorf("after three arrows the page says %q", said)
	}
	press("+")
	if from, to := b.agree(); to-from > 0.6*(last-first) {
		b.t.Errorf("from steps %v to %v, + leads to %v to %v", first, last, from, to)
	}
	press("-")
	press("-")
	if a, z := b.agree(); a != first || z != last {
		b.t.Errorf("after - steps %v to %v are shown, want %v to %v", a, z, first, last)
	}
	press("+")
	press("Escape")
	if n := b.evaluate(`crosshairs().length`); n != "0" {
		b.t.Errorf("%s cross-hairs after Escape", n)
	}
	press("ArrowRight")
	b.evaluate(`picture().blur()`)
	if n := b.evaluate(`crosshairs().length`); n != "0" {
		b.t.Errorf("%s cross-hairs when the picture has lost the keys", n)
	}
}

// named checks that what a screen reader stops at has a name.
func (b *browser) named() {
	b.t.Helper()
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value string }
		}
	}
	b.call("Accessibility.getFullAXTree", nil, &tree)
	count := map[string]int{}
	for _, n := range tree.Nodes {
		switch role := n.Role.Value; role {
		case "button", "link", "image", "application", "table", "region", "group", "DisclosureTriangle", "heading":
			if count[role]++; !n.Ignored && strings.TrimSpace(n.Name.Value) == "" && role != "group" {
				b.t.Errorf("a %s has no name", role)
			}
			if role == "heading" && strings.Contains(n.Name.Value, "Zoom") {
				b.t.Errorf("a heading is read out with its buttons: %q", n.Name.Value)
			}
		}
	}
	for _, role := range []string{"image", "table", "region", "heading"} {
		if count[role] == 0 {
			b.t.Errorf("no %s among %v", role, count)
		}
	}
}
