//! Certificates given back as the file that a server reads. Nothing of it is kept.

use app::{
    context::Services,
    preferences::locale_of_request,
    tools::{Part, supplement_of},
};
use axum::{
    Extension,
    extract::{Multipart, Path, State},
    http::{header, request},
    response::{IntoResponse, Response},
};
use model::{
    Timestamp,
    accounts::Actor,
    deploy,
    service::ServiceError,
    tools::{Given, KeyMatch, NoCertificates, Supplement},
};
use probe::{
    CertificateDer, certificate,
    file::{self, Contents, PrivateKey, Unwritten},
};

use super::{
    back,
    form::{Form, Refusal},
    led, opened, read,
};
use crate::{
    http::{
        certificates::plain,
        statuses::{refusal, unreadable},
    },
    tools::supplemented,
};

pub(super) async fn give(
    Path(format): Path<String>,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: request::Parts,
    sent: Multipart,
) -> Response {
    let Ok(format) = format.parse::<Given>() else {
        return refusal(ServiceError::NotFound, locale_of_request(&head));
    };
    let form = match read(sent, &services, &actor).await {
        Ok(form) => form,
        Err(error) => return unreadable(error.status(), locale_of_request(&head)),
    };
    let supplement = match form.fetched() {
        Some(id) => match supplement_of(id, &services, &actor).await {
            Ok(supplement) => Some(supplement),
            // Its page says why; a chain that is not whole is not what was asked for.
            Err(_) => return led(form.asked(), form.typed(), &services, &actor, &head).await,
        },
        None => None,
    };
    let now = (services.now)();
    let (form, made) = match opened(&actor, form, move |form| make(form, format, supplement.as_ref(), now)).await {
        Ok(opened) => opened,
        Err(error) => return refusal(error, locale_of_request(&head)),
    };
    match made {
        Ok(made) => {
            let headers = [
                (header::CONTENT_TYPE, content_type(format).to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", made.name)),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, made.bytes).into_response()
        }
        Err(refused) => back(&form, refused, &services, &actor, &head).await,
    }
}

/// A file, with its name.
struct Made {
    name: String,
    bytes: Vec<u8>,
}

fn make(form: &Form, format: Given, supplement: Option<&Supplement>, now: Timestamp) -> Result<Made, Refusal> {
    let Contents { mut certificates, key, .. } = form.contents()?;
    if let Some(supplement) = supplement {
        certificates = supplemented(certificates, supplement);
    }
    let chain = file::served(&certificates, &key);
    let leaf = chain.first().ok_or_else(|| Refusal::of(form.part(), NoCertificates::Nothing))?;
    if key.matches(leaf) == Some(KeyMatch::Other) {
        return Err(Refusal::of(form.part_of_key(), NoCertificates::OtherKey));
    }
    let name = deploy::named(form.host(), &certificate::read(leaf));
    let name = name.map_or_else(|| "certificate".to_owned(), |site| plain(&site.file_name()));
    let bytes = match format {
        Given::Pem => file::to_pem(&chain, None).as_bytes().to_vec(),
        Given::Pkcs12 | Given::Jks => {
            let key = key.opened().map_err(|why| match why {
                // Its file is to be chosen.
                NoCertificates::NoKey => Refusal::of(Part::Key, why),
                why => Refusal::of(form.part_of_key(), why),
            })?;
            store(form, format, &chain, &key, now)?
        }
    };
    Ok(Made { name: format!("{name}.{}", format.extension()), bytes })
}

fn store(
    form: &Form,
    format: Given,
    chain: &[CertificateDer<'_>],
    key: &PrivateKey,
    now: Timestamp,
) -> Result<Vec<u8>, Refusal> {
    let refused = |why| Refusal::of(Part::Password, why);
    let password = form.password().ok_or(refused(NoCertificates::PasswordNeeded))?;
    let made = match format {
        Given::Jks => file::to_jks(chain, key, password, now),
        Given::Pem | Given::Pkcs12 => file::to_pkcs12(chain, key, password),
    };
    made.map_err(|why| match why {
        Unwritten::Password => refused(NoCertificates::WeakPassword),
        Unwritten::Failed => Refusal::of(form.part(), NoCertificates::Damaged),
    })
}

const fn content_type(format: Given) -> &'static str {
    match format {
        // RFC 8555 section 9.1.
        Given::Pem => "application/pem-certificate-chain",
        Given::Pkcs12 => "application/x-pkcs12",
        Given::Jks => "application/x-java-keystore",
    }
}
