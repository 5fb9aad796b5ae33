//go:build wasm

package gadget

// Output takes the text of an output mode. It is an io.Writer. What was written goes to the host in pieces of some
// size, the last one when the function returns.
type Output struct {
	pending []byte
}

const outputPiece = 4096

// Write writes text. (v2)
func (o *Output) Write(text []byte) (int, error) {
	o.pending = append(o.pending, text...)
	if len(o.pending) < outputPiece {
		return len(text), nil
	}
	return len(text), o.Flush()
}

// WriteString writes text. (v2)
func (o *Output) WriteString(text string) (int, error) {
	o.pending = append(o.pending, text...)
	if len(o.pending) < outputPiece {
		return len(text), nil
	}
	return len(text), o.Flush()
}

// Flush sends what was written to the host now. (v2)
func (o *Output) Flush() error {
	if len(o.pending) == 0 {
		return nil
	}
	code := v2OutputWrite(bytesOf(o.pending))
	o.pending = o.pending[:0]
	return check(code)
}

// Item is what an output mode is called for: one of Data and Array, by the type of the data source, or neither when
// End.
type Item struct {
	Data  Data
	Array DataArray
	End   bool // there are no more
}

// AddOutputMode adds an output mode: with -o NAME, the text of this data source is what callback writes. It gets
// each event or array, and an item that is the End after the last. In gadgetInit only. (v2)
func (ds DataSource) AddOutputMode(name string, callback func(*Output, Item) error) error {
	sourceType, err := ds.Type()
	if err != nil {
		return err
	}
	output := &Output{}
	id := register(outputFunc(func(handle uint32, end bool) error {
		item := Item{End: end}
		switch {
		case end:
		case sourceType == DataSourceTypeArray:
			item.Array = DataArray(handle)
		default:
			item.Data = Data(handle)
		}
		err := callback(output, item)
		if flushed := output.Flush(); err == nil {
			err = flushed
		}
		return err
	}))
	if err := check(v2OutputModeAdd(uint32(ds), textOf(name), id)); err != nil {
		unregister(id)
		return err
	}
	return nil
}
