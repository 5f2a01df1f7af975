//! Certificates to be judged, pasted or uploaded: kept as a draft of their author's, and shown by
//! the page that judges them. A private key beside them is dropped before anything is kept.

use app::{
    context::Services,
    error::AppError,
    tools::{CERTIFICATE_PATH, FileQuery},
};
use axum::{
    Extension, Router,
    extract::{Multipart, State, multipart::MultipartError},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use model::{accounts::Actor, tools::NoCertificates};
use probe::file;

use super::{AppState, certificates::pem, statuses::status_of};

pub(super) fn router() -> Router<AppState> {
    Router::new().route(CERTIFICATE_PATH, post(keep))
}

async fn keep(Extension(actor): Extension<Actor>, State(services): State<Services>, form: Multipart) -> Response {
    let form = match read(form).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let kept = if form.file.is_empty() { Ok(without_keys(&form.text)) } else { text_of(&form.file) };
    let mut asked = FileQuery { host: form.host, ..FileQuery::default() };
    match kept {
        Ok(text) => match services.drafts.keep(text, &actor).await {
            Ok(draft) => asked.draft = Some(draft),
            Err(error) => {
                let error = AppError::Service(error);
                return (status_of(&error), format!("{error}\n")).into_response();
            }
        },
        Err(problem) => asked.problem = Some(problem),
    }
    Redirect::to(&asked.link()).into_response()
}

#[derive(Default)]
struct Form {
    host: String,
    text: String,
    file: Vec<u8>,
}

async fn read(mut parts: Multipart) -> Result<Form, MultipartError> {
    let mut form = Form::default();
    while let Some(field) = parts.next_field().await? {
        match field.name() {
            Some("host") => form.host = field.text().await?,
            Some("pem") => form.text = field.text().await?,
            Some("file") => form.file = field.bytes().await?.into(),
            _ => {}
        }
    }
    Ok(form)
}

/// The certificates of a file as text. Text is shown as it is, whatever it holds, but for keys.
fn text_of(bytes: &[u8]) -> Result<String, NoCertificates> {
    match (str::from_utf8(bytes), file::certificates(bytes)) {
        (Ok(text), _) => Ok(without_keys(text)),
        (_, Ok(certificates)) => Ok(certificates.iter().map(|der| pem(der)).collect()),
        (_, Err(why)) => Err(why),
    }
}

/// The text without its private keys. One that does not end goes with all that follows it.
fn without_keys(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        let label = |begin: &str| line.trim().strip_prefix(begin)?.strip_suffix("-----");
        let is_key = |label: &str| label.ends_with("PRIVATE KEY");
        in_key |= label("-----BEGIN ").is_some_and(is_key);
        if !in_key {
            kept.push_str(line);
        }
        in_key &= !label("-----END ").is_some_and(is_key);
    }
    if kept.contains("PRIVATE KEY") { String::new() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::{text_of, without_keys};

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_private_key_is_dropped_whatever_its_kind() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED "] {
            let key = format!("-----BEGIN {kind}PRIVATE KEY-----\r\nc2VjcmV0\n-----END {kind}PRIVATE KEY-----\n");
            assert_eq!(without_keys(&format!("{key}{CERTIFICATE}")), CERTIFICATE);
            assert_eq!(without_keys(&format!("{CERTIFICATE}{key}")), CERTIFICATE);
            assert_eq!(without_keys(&key), "");
        }
        assert_eq!(without_keys(&format!("{CERTIFICATE}-----BEGIN PRIVATE KEY-----\nc2VjcmV0")), CERTIFICATE);
        // Nothing is kept of what only looks like a key.
        assert_eq!(without_keys("x -----BEGIN PRIVATE KEY----- c2VjcmV0"), "");
    }

    #[test]
    fn der_becomes_pem() {
        assert_eq!(text_of(&[0x30, 0x00]), Ok("0\0".to_owned()), "text is left as it is");
        assert_eq!(text_of(&[0x30, 0x02, 0x05, 0xff]).map(|text| text.contains("MAIF/w==")), Ok(true));
    }
}
