//! Certificates to be judged, pasted or uploaded: kept as a draft of their author's, and shown by
//! the page that judges them. A private key beside them is dropped before anything is kept.

use app::{
    context::Services,
    error::AppError,
    preferences::locale_of_request,
    tools::{CERTIFICATE_PATH, FileQuery},
};
use axum::{
    Extension, Router,
    extract::{Multipart, State, multipart::MultipartError},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use model::{accounts::Actor, tools::NoCertificates};
use probe::{certificate, file};

use super::{AppState, certificates::pem, statuses::status_of};

pub(super) fn router() -> Router<AppState> {
    Router::new().route(CERTIFICATE_PATH, post(keep))
}

async fn keep(
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    parts: Parts,
    form: Multipart,
) -> Response {
    let locale = locale_of_request(&parts);
    let form = match read(form).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let kept = if form.file.is_empty() { Ok(without_keys(&form.text)) } else { text_of(&form.file) };
    let host = form.host.chars().take(HOST_MOST).collect();
    let mut asked = FileQuery { host, ..FileQuery::default() };
    match kept {
        Ok(text) => match services.drafts.keep(text, &actor).await {
            Ok(draft) => asked.draft = Some(draft),
            Err(error) => {
                let error = AppError::Service(error);
                return (status_of(&error), format!("{}\n", error.words(locale))).into_response();
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

/// The certificates of a file as text. Text is shown as it is, but for keys; of anything else only
/// what can be read as a certificate is kept, for a key is DER of the same kind.
fn text_of(bytes: &[u8]) -> Result<String, NoCertificates> {
    let plain = |text: &&str| !text.contains('\0');
    if let Some(text) = str::from_utf8(bytes).ok().filter(plain) {
        return Ok(without_keys(text));
    }
    let certificates = file::certificates(bytes)?;
    if certificates.iter().any(|der| certificate::read(der).malformed.is_some()) {
        return Err(NoCertificates::Damaged);
    }
    Ok(certificates.iter().map(|der| pem(der)).collect())
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

/// Longer than any host name.
const HOST_MOST: usize = 300;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::tools::NoCertificates;

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
    fn of_der_nothing_but_certificates_is_kept() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert_eq!(text_of(certificate.der()), Ok(super::pem(certificate.der())));
        assert_eq!(text_of(&key.serialize_der()), Err(NoCertificates::Damaged));
        // Text of two bytes a letter, with a key in it.
        let wide: Vec<u8> = key.serialize_pem().bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(text_of(&wide), Err(NoCertificates::Nothing));
    }
}
