// SPDX-License-Identifier: Apache-2.0
//! The call as a programmer would write it, with its result: `mount("src", "dest", "tmpfs", 0x3, "size=1m") = 0`.

use gadget::{Data, DataSource, Field, Kind, Result};
use std::fmt::Write;

const MOUNT: u32 = 0;
const TEXT_MAX: usize = 512; // bytes of the longest text field

struct Fields {
    op: Field,
    src: Field,
    dest: Field,
    fs: Field,
    data: Field,
    flags: Field,
    umount_flags: Field,
    error: Field,
    call: Field,
}

impl Fields {
    fn find(source: DataSource) -> Result<Fields> {
        Ok(Fields {
            op: source.field("op_raw")?,
            src: source.field("src")?,
            dest: source.field("dest")?,
            fs: source.field("fs")?,
            data: source.field("data")?,
            flags: source.field("flags_raw")?,
            umount_flags: source.field("umount_flags_raw")?,
            error: source.field("error_raw")?,
            call: source.add_field("call", Kind::String)?,
        })
    }

    // Both calls return 0 or a negated error.
    fn write_call(&self, event: Data, out: &mut String, buffer: &mut [u8]) -> Result<()> {
        out.clear();
        if self.op.get::<u32>(event)? == MOUNT {
            out.push_str("mount(");
            for field in [self.src, self.dest, self.fs] {
                quote(out, &field.text(event, buffer)?);
                out.push_str(", ");
            }
            let _ = write!(out, "{:#x}, ", self.flags.get::<u32>(event)?);
            quote(out, &self.data.text(event, buffer)?);
        } else {
            out.push_str("umount2(");
            quote(out, &self.dest.text(event, buffer)?);
            let _ = write!(out, ", {:#x}", self.umount_flags.get::<u32>(event)?);
        }
        match self.error.get::<u32>(event)? {
            0 => out.push_str(") = 0"),
            error => {
                let _ = write!(out, ") = -{}", error);
            }
        }
        self.call.set_text(event, out)
    }
}

// As a string of C: what is no plain character is escaped.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn init() -> Result<()> {
    let source = DataSource::get("mount")?;
    let fields = Fields::find(source)?;
    let mut call = String::with_capacity(2048);
    let mut buffer = [0; TEXT_MAX];
    source.subscribe(0, move |_source, event| -> Result<()> {
        fields.write_call(event, &mut call, &mut buffer)
    })
}

gadget::module! { init: init }
