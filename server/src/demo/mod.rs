//! What `hufu demo` shows: an account, two mini programs, and the servers of the lab in their lists.

mod recorded;

use std::path::Path;

use app::context::Services;
use model::{
    Api, AppId, Zone,
    accounts::{Accounts as _, Client, SetUp},
    endpoints::Scope,
    icp::{IcpSource, IcpState, filings::NewIcpRecord},
    programs::NewProgram,
    service::ServiceError,
    tools::NoCertificates,
};
use probe::{
    Roots, RootsError, file,
    lab::{Lab, LabError, LabServer},
    stores::{self, StoreSet, StoresError},
};

use crate::{accounts::People, clock, endpoints::Probing, stores::directory};

const LOGIN: &str = "demo";

/// Why the demo could not be laid out.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The lab did not start.
    #[error("the lab: {0}")]
    Lab(#[from] LabError),
    /// The lab's own root cannot be read.
    #[error("the lab's root: {0}")]
    Roots(#[from] RootsError),
    /// It is no certificate.
    #[error("the lab's root: {0}")]
    Root(#[from] NoCertificates),
    /// A set of roots in the data directory cannot be used.
    #[error(transparent)]
    Stores(#[from] StoresError),
    /// A service refused what the demo asked of it.
    #[error("filling the register: {0}")]
    Service(#[from] ServiceError),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// The database of the demo is not empty, or the account did not work.
    #[error("the demo's account could not be made")]
    Account,
}

/// How to log in to the demo.
pub(crate) struct Account {
    pub(crate) login: &'static str,
    pub(crate) password: String,
}

/// The lab, started now.
pub(crate) async fn lab() -> Result<Lab, DemoError> {
    Ok(Lab::start(clock::now()).await?)
}

/// The lab's root stands for the stores of every platform. Where an operator has put sets of their own into
/// the data directory, the stores are asked as well, each with the lab's root beside what it has.
pub(crate) fn roots(lab: &Lab, data_dir: &Path) -> Result<Vec<Roots>, DemoError> {
    let given = Roots::from_pem(lab.root_pem().as_bytes())?;
    let directory = directory(data_dir);
    if !directory.is_dir() {
        return Ok(vec![given]);
    }
    let root = file::certificates(lab.root_pem().as_bytes())?;
    let with_root = |set: &StoreSet| {
        let roots = set.roots().iter().chain(&root).cloned().collect();
        StoreSet::new(set.store, set.edition.clone(), roots)
    };
    let sets: Vec<_> = stores::installed(&directory)?.iter().map(with_root).collect();
    Ok(vec![Roots::of(&sets), given])
}

/// Makes the account, registers two mini programs and starts to probe; registers so many endpoints
/// besides, with a probe of each that was never made.
pub(crate) async fn fill(
    services: &Services,
    people: &People,
    probing: &Probing,
    lab: &Lab,
    recorded: u32,
) -> Result<Account, DemoError> {
    let mut random = [0; 12];
    getrandom::fill(&mut random)?;
    let password = hex::encode(random);
    let token = people.set_up_link().await?.ok_or(DemoError::Account)?;
    let set_up = SetUp { token, login: LOGIN.to_owned(), password: password.clone(), password_again: password.clone() };
    let session = people.set_up(set_up, &Client::default()).await?;
    let actor = people.actor(&session).await?.ok_or(DemoError::Account)?;

    let good = |server: &LabServer| server.name.starts_with("good");
    let by_certificate =
        |server: &LabServer| !good(server) && Some(server.port) == lab.server("expired").map(|it| it.port);
    let elsewhere = |server: &LabServer| !good(server) && !by_certificate(server);
    let lines = |scheme: &str, chosen: &dyn Fn(&LabServer) -> bool| -> Vec<String> {
        let servers = lab.servers().iter().filter(|server| chosen(server));
        servers.map(|server| format!("{scheme}://{}:{}", server.host, server.port)).collect()
    };
    let shop = [(Api::Request, lines("https", &good)), (Api::Upload, lines("https", &good))];
    let laboratory = [(Api::Request, lines("https", &by_certificate)), (Api::Socket, lines("wss", &elsewhere))];
    for (app_id, name, lists) in
        [("wx00000000000000aa", "小店 · Shop", shop), ("wx00000000000000bb", "实验室 · Laboratory", laboratory)]
    {
        let app_id: AppId = app_id.parse().map_err(|_| DemoError::Account)?;
        let program = NewProgram { app_id, name: name.to_owned() };
        let id = services.programs.add_program(program, &actor).await?;
        for (api, lines) in lists {
            services.programs.add_entries(id, api, lines, &actor).await?;
        }
        services.endpoints.probe_now(Scope::Program(id), &actor).await?;
    }
    if let Some(domain) = lab.servers().first().and_then(|server| server.host.registrable_domain()) {
        let number = "京ICP备00000000号".parse().ok();
        let record = NewIcpRecord {
            domain,
            revision: 0,
            state: IcpState::Filed,
            number,
            holder: Some("虎符实验室".to_owned()),
            source: IcpSource::Typed,
            confirmed_on: None,
            zone: Zone::UTC,
        };
        services.icp.record(record, &actor).await?;
    }
    if recorded > 0 {
        recorded::fill(recorded, services, probing, &actor, (services.now)()).await?;
    }
    // Nobody is at the other end of it.
    people.log_out(&session, &Client::default()).await?;
    Ok(Account { login: LOGIN, password })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use model::trust::Store;

    use super::*;

    #[tokio::test]
    async fn sets_of_one_s_own_are_asked_and_the_lab_s_root_is_in_each() {
        let (lab, directory) = (lab().await.unwrap(), tempfile::tempdir().unwrap());
        let asked = |roots: &[Roots]| roots.iter().flat_map(Roots::stores).collect::<Vec<_>>();
        assert_eq!(asked(&roots(&lab, directory.path()).unwrap()), [Store::Given]);

        let kept = crate::stores::directory(directory.path());
        fs::create_dir(&kept).unwrap();
        let apple = stores::embedded().iter().find(|set| set.store == Store::Apple).unwrap();
        let own = StoreSet::new(Store::Apple, apple.edition.clone(), apple.roots()[..1].to_vec());
        fs::write(kept.join(stores::file_name(Store::Apple)), own.to_pem()).unwrap();
        let by_demo = roots(&lab, directory.path()).unwrap();
        assert!(asked(&by_demo).into_iter().eq(Store::PREINSTALLED.into_iter().chain([Store::Given])));
        let by_serve = crate::stores::roots(directory.path()).unwrap();
        assert_eq!(by_demo[0].len(), by_serve.len() + 1, "the lab's root, once");

        fs::write(kept.join("apple.pem"), "hello").unwrap();
        assert!(matches!(roots(&lab, directory.path()), Err(DemoError::Stores(_))));
        lab.stop().await;
    }
}
