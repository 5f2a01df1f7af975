//! The settings of a mini program as they stand in the form, and what becomes of them when somebody
//! else has changed the settings meanwhile. Pure.

use model::{limits::Limit, programs::ProgramDetail, service::ProgramId, url_check::WssPorts};

use crate::query::{self, parsed, value};

/// The settings as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Whose.
    pub id: ProgramId,
    /// The name.
    pub name: String,
    /// Each limit, in the order of [`Limit::ALL`].
    pub limits: [String; 4],
    /// Whether ports of `wss` URLs are judged as those of others are.
    pub strict_sockets: bool,
    /// Whether devtools are set not to verify domains.
    pub skip_check: bool,
    /// The id of the owner; empty for nobody.
    pub owner: String,
    /// Tags with commas between them.
    pub tags: String,
}

impl Typed {
    /// As they were read.
    pub fn of<Found>(detail: &ProgramDetail<Found>) -> Self {
        Self {
            id: detail.summary.id,
            name: detail.summary.name.clone(),
            limits: Limit::ALL.map(|limit| detail.limits.of(limit).to_string()),
            strict_sockets: detail.wss == WssPorts::Strict,
            skip_check: detail.summary.skip_check,
            owner: detail.owner.as_ref().map(|owner| owner.id.to_string()).unwrap_or_default(),
            tags: detail.tags.to_string(),
        }
    }

    /// What a refused form left in the URL, and the revision it was typed for.
    pub fn read(search: &str) -> Option<(i64, Self)> {
        let revision = parsed(search, "revision")?;
        let text = |name| value(search, name).unwrap_or_default();
        let typed = Self {
            id: parsed(search, "of")?,
            name: text("name"),
            limits: Limit::ALL.map(|limit| text(limit.as_str())),
            strict_sockets: value(search, STRICT_SOCKETS).is_some(),
            skip_check: value(search, "skip_check").is_some(),
            owner: text("owner"),
            tags: text("tags"),
        };
        Some((revision, typed))
    }

    /// The page with what was typed in its URL; what is no setting at all is left out.
    pub fn link(&self, revision: i64) -> String {
        let bounded = |text: &str| Some(text.chars().take(TYPED_MOST).collect());
        let [per_list, prefetch, business, changes] =
            Limit::ALL.map(|limit| (limit.as_str(), bounded(&self.limits[limit as usize])));
        let parts = [
            ("of", Some(self.id.to_string())),
            ("revision", Some(revision.to_string())),
            ("name", bounded(&self.name)),
            per_list,
            prefetch,
            business,
            changes,
            (STRICT_SOCKETS, self.strict_sockets.then(|| "true".to_owned())),
            ("skip_check", self.skip_check.then(|| "true".to_owned())),
            ("owner", bounded(&self.owner)),
            ("tags", bounded(&self.tags)),
        ];
        query::link(&format!("/programs/{}", self.id), parts)
    }

    fn value(&self, setting: Setting) -> String {
        match setting {
            Setting::Name => self.name.trim().to_owned(),
            Setting::Owner => self.owner.clone(),
            Setting::Tags => self.tags.clone(),
            Setting::Limit(limit) => self.limits[limit as usize].trim().to_owned(),
            Setting::StrictSockets => self.strict_sockets.to_string(),
            Setting::SkipCheck => self.skip_check.to_string(),
        }
    }

    fn take(&mut self, setting: Setting, from: &Self) {
        match setting {
            Setting::Name => self.name.clone_from(&from.name),
            Setting::Owner => self.owner.clone_from(&from.owner),
            Setting::Tags => self.tags.clone_from(&from.tags),
            Setting::Limit(limit) => self.limits[limit as usize].clone_from(&from.limits[limit as usize]),
            Setting::StrictSockets => self.strict_sockets = from.strict_sockets,
            Setting::SkipCheck => self.skip_check = from.skip_check,
        }
    }
}

/// One of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The name.
    Name,
    /// Who answers for it.
    Owner,
    /// What it is grouped by.
    Tags,
    /// One of the limits.
    Limit(Limit),
    /// Whether ports of `wss` URLs are judged as those of others are.
    StrictSockets,
    /// Whether devtools are set not to verify domains.
    SkipCheck,
}

impl Setting {
    /// Every setting, in the order of the form.
    const ALL: [Self; 9] = [
        Self::Name,
        Self::Owner,
        Self::Tags,
        Self::Limit(Limit::PerList),
        Self::Limit(Limit::Prefetch),
        Self::Limit(Limit::Business),
        Self::Limit(Limit::ChangesAMonth),
        Self::StrictSockets,
        Self::SkipCheck,
    ];

    /// Its name in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Owner => "owner",
            Self::Tags => "tags",
            Self::Limit(limit) => limit.as_str(),
            Self::StrictSockets => STRICT_SOCKETS,
            Self::SkipCheck => "skip_check",
        }
    }
}

/// A setting that somebody else has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// Which one.
    pub setting: Setting,
    /// What it is now.
    pub now: String,
    /// What stands in the form.
    pub yours: String,
}

/// What becomes of a form whose settings somebody else has changed: what was not touched follows,
/// what was typed stays. With every setting that they have changed.
pub fn merge(read: &Typed, mine: &Typed, theirs: &Typed) -> (Typed, Vec<Differs>) {
    let mut merged = mine.clone();
    let mut changed = Vec::new();
    for setting in Setting::ALL {
        let (before, yours, now) = (read.value(setting), mine.value(setting), theirs.value(setting));
        if yours == before {
            merged.take(setting, theirs);
        }
        if now != before {
            let yours = merged.value(setting);
            changed.push(Differs { setting, now, yours });
        }
    }
    (merged, changed)
}

/// Where a form differs from the settings, as far as can be said without knowing what was read.
pub fn differences(mine: &Typed, theirs: &Typed) -> Vec<Differs> {
    let both = Setting::ALL.map(|setting| (setting, theirs.value(setting), mine.value(setting)));
    both.into_iter()
        .filter(|(_, now, yours)| now != yours)
        .map(|(setting, now, yours)| Differs { setting, now, yours })
        .collect()
}

/// The box of [`Setting::StrictSockets`].
pub const STRICT_SOCKETS: &str = "strict_sockets";

/// Most characters of a setting that go into a URL: more than any may have.
const TYPED_MOST: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, per_list: &str, tags: &str) -> Typed {
        let (name, tags) = (name.to_owned(), tags.to_owned());
        let limits = [per_list, "5", "300", "50"].map(str::to_owned);
        Typed { id: ProgramId(3), name, limits, strict_sockets: false, skip_check: false, owner: String::new(), tags }
    }

    #[test]
    fn what_was_typed_stays_and_what_was_not_touched_follows() {
        let read = typed("Shop", "20", "a");
        let mine = typed("Shop B", "20", "a");
        let theirs = Typed { owner: "7".to_owned(), ..typed("Shop A", "40", "a") };
        let (merged, changed) = merge(&read, &mine, &theirs);
        assert_eq!(merged, Typed { owner: "7".to_owned(), ..typed("Shop B", "40", "a") });
        let told: Vec<_> =
            changed.iter().map(|differs| (differs.setting.as_str(), &*differs.now, &*differs.yours)).collect();
        assert_eq!(told, [("name", "Shop A", "Shop B"), ("owner", "7", "7"), ("per_list", "40", "40")]);
        assert_eq!(merge(&read, &theirs, &theirs).0, theirs, "both typed the same");
        assert_eq!(merge(&read, &mine, &read), (mine, vec![]), "nobody else changed anything");
    }

    #[test]
    fn a_refused_form_comes_back_from_the_url_as_it_was_typed() {
        let boxes = Typed { skip_check: true, strict_sockets: true, ..typed("a&b=c +%", "x", "支付, b") };
        let mine = Typed { owner: "7".to_owned(), ..boxes };
        let link = mine.link(4);
        let (path, search) = link.split_once('?').unwrap_or_default();
        assert_eq!((path, Typed::read(search)), ("/programs/3", Some((4, mine.clone()))));
        assert_eq!(Typed::read("?name=x&of=3"), None);
        let told = differences(&mine, &typed("a&b=c +%", "20", ""));
        let settings: Vec<_> = told.iter().map(|differs| differs.setting.as_str()).collect();
        assert_eq!(settings, ["owner", "tags", "per_list", "strict_sockets", "skip_check"]);
        assert!(typed(&"字".repeat(100_000), "", "").link(1).len() < 4_000);
    }
}
