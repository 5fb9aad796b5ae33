//! Rewrites one field: the home folder at the start of a path becomes "~". A parameter `home` says which folder that
//! is.

use gadget::{DataSource, Result};

const PATH_SIZE: usize = 4096;

fn init() -> Result<()> {
    let source = DataSource::get("open")?;
    let path = source.field("fname")?;
    let home = gadget::param_v1("home", PATH_SIZE).unwrap_or_else(|_| "/root".to_string());
    let mut buffer = vec![0; PATH_SIZE]; // once, not for each event

    source.subscribe(0, move |_source, data| -> Result<()> {
        let text = path.text(data, &mut buffer)?;
        match text.strip_prefix(home.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                let short = format!("~{}", rest);
                path.set_text(data, &short)
            }
            _ => Ok(()),
        }
    })
}

gadget::module! { init: init }
