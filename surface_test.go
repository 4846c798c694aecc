package waveletgpt

import (
	"bytes"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// No exported name of a public package needs a type that a user cannot name.
func TestSurfaceShowsNoInternalTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every package")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command: ", err)
	}
	// Export data of the packages and of all that they import.
	list := exec.Command(goTool, "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}", "./...")
	var problem bytes.Buffer
	list.Stderr = &problem
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problem.String())
	}
	exports := map[string]string{}
	var public []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		path, name := fields[0], fields[1]
		exports[path] = fields[2]
		if inModule(path) && !isInternal(path) && name != "main" {
			public = append(public, path)
		}
	}
	for _, want := range []string{module, module + "/gpt", module + "/media/text", module + "/train"} {
		if !slices.Contains(public, want) {
			t.Fatalf("%s is not among the public packages %v", want, public)
		}
	}
	load := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	for _, path := range public {
		pkg, err := load.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range internalTypes(pkg) {
			t.Error(found)
		}
	}
}

// What the test above must find, in each form.
func TestInternalTypesAreFound(t *testing.T) {
	secret := types.NewPackage(module+"/internal/secret", "secret")
	hidden := types.NewNamed(types.NewTypeName(token.NoPos, secret, "Hidden", nil), types.NewStruct(nil, nil), nil)
	hidden.AddMethod(types.NewFunc(token.NoPos, secret, "Do", types.NewSignatureType(types.NewVar(token.NoPos, secret, "", hidden), nil, nil, nil, nil, false)))
	pkg := types.NewPackage(module+"/shown", "shown")
	variable := func(name string, kind types.Type) *types.Var { return types.NewVar(token.NoPos, pkg, name, kind) }
	field := func(name string, kind types.Type, embedded bool) types.Type {
		return types.NewStruct([]*types.Var{types.NewField(token.NoPos, pkg, name, kind, embedded)}, nil)
	}
	takes := func(kind types.Type) *types.Signature {
		return types.NewSignatureType(nil, nil, nil, types.NewTuple(variable("x", kind)), nil, false)
	}
	named := func(name string, under types.Type) *types.TypeName {
		n := types.NewTypeName(token.NoPos, pkg, name, nil)
		types.NewNamed(n, under, nil)
		return n
	}
	method := named("Method", types.NewStruct(nil, nil))
	receiver := method.Type().(*types.Named)
	receiver.AddMethod(types.NewFunc(token.NoPos, pkg, "Take", types.NewSignatureType(variable("", receiver), nil, nil, types.NewTuple(variable("x", hidden)), nil, false)))
	for _, test := range []struct {
		object types.Object
		found  bool
	}{
		{variable("Variable", types.NewPointer(hidden)), true},
		{types.NewFunc(token.NoPos, pkg, "Func", takes(types.NewSlice(hidden))), true},
		{types.NewFunc(token.NoPos, pkg, "Callback", takes(takes(types.NewMap(types.Typ[types.Int], hidden)))), true},
		{named("Field", field("Field", hidden, false)), true},
		{named("Embedded", field("hidden", hidden, true)), true},
		{method, true},
		{named("Private", field("private", hidden, false)), false},
		{types.NewFunc(token.NoPos, pkg, "private", takes(hidden)), false},
		{types.NewFunc(token.NoPos, pkg, "Plain", takes(types.Typ[types.Int])), false},
	} {
		one := types.NewPackage(pkg.Path(), pkg.Name())
		one.Scope().Insert(test.object)
		if found := internalTypes(one); len(found) > 0 != test.found {
			t.Errorf("%s: found %q, want any: %v", test.object.Name(), found, test.found)
		}
	}
}

const module = "github.com/waveletgpt/waveletgpt"

func inModule(path string) bool   { return path == module || strings.HasPrefix(path, module+"/") }
func isInternal(path string) bool { return strings.Contains(path+"/", "/internal/") }

// internalTypes lists the internal types that the exported names of a package
// show, each with its place.
func internalTypes(pkg *types.Package) (found []string) {
	s := surface{seen: map[types.Type]bool{}}
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		place := pkg.Path() + "." + name
		if declared, ok := object.(*types.TypeName); ok && !declared.IsAlias() {
			s.declaration(place, declared.Type())
		} else {
			s.visit(place, object.Type())
		}
	}
	return s.found
}

// A surface walks over the types that a package shows.
type surface struct {
	seen  map[types.Type]bool
	found []string
}

// declaration visits what a declared type shows: its fields and methods, those
// that embedding promotes too.
func (s *surface) declaration(place string, declared types.Type) {
	s.visit(place, declared.Underlying())
	methods := types.NewMethodSet(types.NewPointer(declared))
	for i := range methods.Len() {
		if m := methods.At(i).Obj(); m.Exported() {
			s.visit(place+"."+m.Name(), m.Type())
		}
	}
	structure, ok := declared.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range structure.NumFields() {
		f := structure.Field(i)
		if f.Embedded() && !f.Exported() {
			s.visit(place+"."+f.Name(), f.Type()) // its exported parts are promoted
		}
	}
}

func (s *surface) visit(place string, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if pkg := t.Obj().Pkg(); pkg != nil && inModule(pkg.Path()) && isInternal(pkg.Path()) {
			s.found = append(s.found, fmt.Sprintf("%s shows %s", place, t))
		}
		for i := range t.TypeArgs().Len() {
			s.visit(place, t.TypeArgs().At(i))
		}
	case *types.Struct:
		if s.seen[t] {
			return
		}
		s.seen[t] = true
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() {
				s.visit(place+"."+f.Name(), f.Type())
			}
		}
	case *types.Interface:
		for i := range t.NumMethods() {
			s.visit(place+"."+t.Method(i).Name(), t.Method(i).Type())
		}
	case *types.Signature:
		s.visit(place, t.Params())
		s.visit(place, t.Results())
		for i := range t.TypeParams().Len() {
			s.visit(place, t.TypeParams().At(i).Constraint())
		}
	case *types.Tuple:
		for i := range t.Len() {
			s.visit(place, t.At(i).Type())
		}
	case *types.Map:
		s.visit(place, t.Key())
		s.visit(place, t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		s.visit(place, t.Elem())
	}
}
