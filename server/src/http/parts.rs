//! The parts of a form with a file. A browser reads no answer before it has sent everything: what is
//! too large is read to its end and dropped, so that the page can say so.

use axum::extract::multipart::{Field, MultipartError};

/// Most bytes of a form that are read at all.
pub(super) const FORM_MOST: usize = 64 * 1024 * 1024;

/// All of a part; none when it has more than `most` bytes.
pub(super) async fn bytes(mut part: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, MultipartError> {
    let mut kept = Some(Vec::new());
    while let Some(piece) = part.chunk().await? {
        kept = kept.filter(|kept| kept.len() + piece.len() <= most);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&piece);
        }
    }
    Ok(kept)
}

/// The same as text; what is no text in it is replaced.
pub(super) async fn text(part: Field<'_>, most: usize) -> Result<Option<String>, MultipartError> {
    let bytes = bytes(part, most).await?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::FORM_MOST;

    #[test]
    fn the_proxy_of_the_manual_lets_through_what_is_read() {
        let limit = format!("client_max_body_size {}m;", FORM_MOST / (1024 * 1024));
        assert!(include_str!("../../../docs/install.md").contains(&limit), "{limit}");
    }
}
