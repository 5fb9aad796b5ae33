// Rewrites one field: the home folder at the start of a path becomes "~". A parameter home says which folder that is.
package main

import (
	"bytes"

	gadget "gadgetry/wasm"
)

const pathSize = 4096

func initialize() error {
	source, err := gadget.GetDataSource("open")
	if err != nil {
		return err
	}
	path, err := source.GetField("fname")
	if err != nil {
		return err
	}
	home, err := gadget.GetParamValue("home", pathSize)
	if err != nil {
		home = "/root"
	}
	buffer := make([]byte, pathSize) // once, not for each event
	prefix := []byte(home)

	return source.Subscribe(func(_ gadget.DataSource, data gadget.Data) {
		text, err := path.Text(data, buffer)
		if err != nil {
			gadget.Warnf("%s", err)
			return
		}
		rest, found := bytes.CutPrefix(text, prefix)
		if !found || len(rest) > 0 && rest[0] != '/' {
			return
		}
		short := append(text[:0], '~') // in place: it is shorter
		if err := path.SetText(data, append(short, rest...)); err != nil {
			gadget.Warnf("%s", err)
		}
	}, 0)
}

//go:wasmexport gadgetInit
func gadgetInit() int32 {
	if err := initialize(); err != nil {
		gadget.Errorf("%s", err)
		return 1
	}
	return 0
}

func main() {}
