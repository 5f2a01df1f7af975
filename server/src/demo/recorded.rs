//! Mini programs of companies that do not exist, with thousands of servers: what a probe of each
//! would have shown is stored as every probe is, without a connection to anything.

use app::context::Services;
use model::{
    Api, AppId, HostPort, Limits, Port, Tags, Timestamp, Zone,
    accounts::Actor,
    icp::filings::FilingPaste,
    limits::{PER_LIST, PER_LIST_MOST},
    programs::{NewProgram, ProgramChange},
    service::ServiceError,
    url_check::WssPorts,
};
use probe::lab::{Archive, LabError};

use super::DemoError;
use crate::endpoints::Probing;

/// Registers so many endpoints and stores a probe of each.
pub(super) async fn fill(
    count: u32,
    services: &Services,
    probing: &Probing,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), DemoError> {
    register(count, services, actor).await?;
    probes(count, probing, now).await?;
    filings(count, services, actor).await?;
    // Sums them all, so that nobody waits for it.
    services.overview.overview(0, Zone::UTC, actor).await?;
    Ok(())
}

/// Mini programs with lists that are mostly full.
async fn register(count: u32, services: &Services, actor: &Actor) -> Result<(), DemoError> {
    let per_list = if count < MANY { PER_LIST } else { PER_LIST_MOST };
    // Five of eight servers are for requests.
    let per_program = per_list / 5 * 8;
    for (index, first) in (0..count).step_by(per_program as usize).enumerate() {
        let numbers = first..count.min(first + per_program);
        let app_id: AppId = format!("wx{:016x}", 0xd000 + index).parse().map_err(|_| DemoError::Account)?;
        let name = format!("{} {}", NAMES[index % NAMES.len()], index + 1);
        let id = services.programs.add_program(NewProgram { app_id, name: name.clone() }, actor).await?;
        if per_list > PER_LIST {
            let limits = Limits::new(per_list).map_err(|_| DemoError::Account)?;
            let change = ProgramChange {
                revision: 1,
                name,
                limits,
                wss: WssPorts::default(),
                skip_check: false,
                owner: None,
                tags: Tags::default(),
            };
            services.programs.change_program(id, change, actor).await?;
        }
        for (api, scheme, roles) in LISTS {
            let chosen = numbers.clone().filter(|number| roles.contains(&Archive::role(*number)));
            let lines = chosen
                .map(|number| Ok(entry(scheme, &Archive::target(number)?)))
                .collect::<Result<Vec<_>, LabError>>()?;
            if !lines.is_empty() {
                services.programs.add_entries(id, api, lines, actor).await?;
            }
        }
    }
    Ok(())
}

/// With a port only where the URL needs one.
fn entry(scheme: &str, target: &HostPort) -> String {
    let HostPort { host, port } = target;
    if *port == Port::HTTPS { format!("{scheme}://{host}") } else { format!("{scheme}://{target}") }
}

async fn probes(count: u32, probing: &Probing, now: Timestamp) -> Result<(), DemoError> {
    let mut archive = Archive::new(now)?;
    let roots = archive.roots()?;
    for first in (0..count).step_by(BATCH) {
        let making = move || {
            let numbers = first..count.min(first + BATCH as u32);
            let probed = numbers
                .map(|number| Ok((Archive::target(number)?, archive.probed(number)?)))
                .collect::<Result<Vec<_>, LabError>>();
            (archive, probed)
        };
        let probed;
        (archive, probed) = tokio::task::spawn_blocking(making).await.map_err(|_| DemoError::Account)?;
        probing.keep_recorded(probed?, roots.clone()).await.map_err(ServiceError::from)?;
    }
    Ok(())
}

/// Most domains are filed, some are not, and of some nobody knows.
async fn filings(count: u32, services: &Services, actor: &Actor) -> Result<(), DemoError> {
    let mut lines = Vec::new();
    for number in (0..count).step_by(8) {
        let (domain, company) = (Archive::domain(number)?, number / 8);
        match company % 20 {
            0 => {}
            1 => lines.push(format!("{domain} not_filed")),
            2 => lines.push(format!("{domain} pending")),
            _ => lines.push(format!("{domain} 京ICP备{:08}号-1 第{company}公司", 20_000_000 + company)),
        }
    }
    for lines in lines.chunks(BATCH) {
        let paste = FilingPaste { lines: lines.to_vec(), ..FilingPaste::default() };
        services.icp.paste(paste, actor).await?;
    }
    Ok(())
}

const LISTS: [(Api, &str, &[&str]); 4] = [
    (Api::Request, "https", &["api", "www", "pay", "img", "gateway"]),
    (Api::Socket, "wss", &["ws"]),
    (Api::Upload, "https", &["upload"]),
    (Api::Download, "https", &["cdn", "upload"]),
];

const NAMES: [&str; 6] = ["商城 Mall", "点餐 Menu", "出行 Ride", "课堂 Class", "健康 Clinic", "票务 Tickets"];

/// From so many endpoints on a mini program has as many entries as WeChat grants.
const MANY: u32 = 1_000;

/// So many a transaction.
const BATCH: usize = 500;
