//! Parameters and configuration.

use crate::buffer::{fetch, out, text, until_nul};
use crate::error::{Code, Error, Result};
use crate::field::Kind;
use crate::raw::{ig, v2};

/// The value of a parameter of `params.wasm`. *(v2)*
pub fn param(key: &str) -> Result<String> {
    fetch(|out, length| unsafe { v2::param_get(text(key), out, length) })
}

/// The value of a parameter of `params.wasm`, of at most `size` bytes, on hosts of version 1, too.
pub fn param_v1(key: &str, size: usize) -> Result<String> {
    let mut value = vec![0u8; size];
    if unsafe { ig::get_param_value(text(key), out(&mut value)) } != 0 {
        return Err(Error::new(
            Code::Failed,
            format!("parameter {:?}: there is none, or it is too long", key),
        ));
    }
    Ok(String::from_utf8_lossy(until_nul(&value)).into_owned())
}

/// Sets a dotted key of the metadata, such as `programs.NAME.attach_to`, until `pre_start` ends.
pub fn set_config(key: &str, value: &str) -> Result<()> {
    match unsafe { ig::set_config(text(key), text(value), Kind::String as u32) } {
        0 => Ok(()),
        _ => Err(Error::new(
            Code::Failed,
            format!("setting {:?} of the metadata", key),
        )),
    }
}
