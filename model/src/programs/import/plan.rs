//! What would become of the register: a pure function of what a text tells and what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Import, Place, Unread, Why};
use crate::{
    Api, AppId, Code, DomainEntry, Limits, Severity,
    domain_entry::{judge_entry, judge_list},
    echo::shortened,
    finding::UnknownWord,
    programs::accept_name,
    service::ProgramId,
};

/// What becomes of the entries that a text does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They stay.
    #[default]
    Add,
    /// They go, from the lists that the text speaks of; not from one that a line may mean which is no entry, or which
    /// could not be read.
    Replace,
}

impl Mode {
    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let known = [Self::Add, Self::Replace].into_iter().find(|mode| mode.as_str() == word);
        known.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A mini program as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: ProgramId,
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// How many entries each list may hold.
    pub limits: Limits,
    /// Every entry of its lists.
    pub entries: Vec<DomainEntry>,
}

/// What would become of the register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The mini programs that the text speaks of, in its order.
    pub programs: Vec<ProgramPlan>,
    /// What could not be read, and is left out.
    pub unread: Vec<Unread>,
}

/// What would become of one mini program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramPlan {
    /// Its id; none when it would be registered.
    pub id: Option<ProgramId>,
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// What the text calls it, where it is registered under another name, which it keeps.
    pub told: Option<ToldName>,
    /// The lists that the text speaks of.
    pub lists: Vec<ListPlan>,
}

/// What a text calls a mini program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldName {
    /// Where it stands in the text.
    pub place: Place,
    /// The name.
    pub name: String,
}

/// What would become of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPlan {
    /// Which one.
    pub api: Api,
    /// What would be added, in order.
    pub added: Vec<DomainEntry>,
    /// What the text names and is there already.
    pub present: Vec<DomainEntry>,
    /// What would be removed.
    pub removed: Vec<DomainEntry>,
    /// What is left out, for WeChat would not take it.
    pub refused: Vec<RefusedEntry>,
    /// How many entries stay although the list was to be replaced: nobody knows whether a line that is no entry, or
    /// that could not be read, meant one of them.
    pub held: usize,
}

/// An entry that WeChat would not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// Where it stands in the text.
    pub place: Place,
    /// As written, or as it was moved to this list.
    pub input: String,
    /// The rules against it.
    pub codes: Vec<Code>,
    /// What would be taken instead, where that is obvious.
    pub suggestion: Option<String>,
    /// What it is in another list, where its scheme belongs there.
    pub elsewhere: Option<DomainEntry>,
}

impl Plan {
    /// How many mini programs would be registered.
    pub fn registered(&self) -> usize {
        self.programs.iter().filter(|program| program.id.is_none()).count()
    }

    /// How many entries would be added.
    pub fn added(&self) -> usize {
        self.lists().map(|list| list.added.len()).sum()
    }

    /// How many entries are there already.
    pub fn present(&self) -> usize {
        self.lists().map(|list| list.present.len()).sum()
    }

    /// How many entries would be removed.
    pub fn removed(&self) -> usize {
        self.lists().map(|list| list.removed.len()).sum()
    }

    /// How many entries and parts of the text are left out.
    pub fn left_out(&self) -> usize {
        self.lists().map(|list| list.refused.len()).sum::<usize>() + self.unread.len()
    }

    /// How many of them another list takes, by their scheme.
    pub fn movable(&self) -> usize {
        self.lists().flat_map(|list| &list.refused).filter(|line| line.elsewhere.is_some()).count()
    }

    /// Whether nothing would change.
    pub fn changes_nothing(&self) -> bool {
        self.registered() + self.added() + self.removed() == 0
    }

    fn lists(&self) -> impl Iterator<Item = &ListPlan> {
        self.programs.iter().flat_map(|program| &program.lists)
    }
}

/// What would become of the register by `import`; `target` is whose entries they are where the text
/// does not say, and `begin` what a mini program begins with.
pub fn plan(import: &Import, target: Option<&AppId>, registered: &[Registered], begin: &Limits, mode: Mode) -> Plan {
    let registered: BTreeMap<&AppId, &Registered> = registered.iter().map(|one| (&one.app_id, one)).collect();
    let mut unread = import.unread.clone();
    let mut order = Vec::new();
    let mut told: BTreeMap<&AppId, Told<'_>> = BTreeMap::new();
    for list in &import.lists {
        let place = list.entries.first().map(|(place, _)| place.clone());
        let Some(app_id) = list.app_id.as_ref().or(target) else {
            let place = place.unwrap_or_else(|| Place::Field(list.api.wechat_key().unwrap_or_default().to_owned()));
            unread.push(Unread { place, app_id: None, why: Why::NoProgram });
            continue;
        };
        let program = told.entry(app_id).or_insert_with(|| {
            order.push(app_id);
            Told::default()
        });
        if let Some(name) = list.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            let place = place.unwrap_or_else(|| Place::Field("name".to_owned()));
            if let Err(why) = program.call(name, &place, registered.get(app_id).copied()) {
                let part = Unread { place, app_id: Some(app_id.clone()), why };
                let is_left_out = may_mean_an_entry(&part);
                // One row is several lists where the schemes of its entries have moved them.
                if unread.last() != Some(&part) {
                    unread.push(part);
                }
                if is_left_out {
                    continue;
                }
            }
        }
        let lines = program.lists.entry(list.api).or_default();
        lines.all.extend(list.entries.iter().map(|(place, entry)| (place, entry.as_str())));
        lines.is_told |= !list.is_moved;
    }
    let doubted: BTreeSet<Option<&AppId>> =
        unread.iter().filter(|part| may_mean_an_entry(part)).map(|part| meant(part, target)).collect();
    let programs = order.into_iter().filter_map(move |app_id| {
        let told = told.remove(app_id)?;
        let is_doubted = [None, Some(app_id)].iter().any(|whose| doubted.contains(whose));
        Some(told.plan(app_id, registered.get(app_id).copied(), begin, mode, is_doubted))
    });
    let programs = programs.collect();
    Plan { programs, unread }
}

/// Whether nobody knows what entry it was that could not be read. Beside a wrong name the entries are read.
const fn may_mean_an_entry(part: &Unread) -> bool {
    !matches!(part.why, Why::Name(_))
}

/// Whose lists it means; none where that may be anybody's.
fn meant<'t>(part: &'t Unread, target: Option<&'t AppId>) -> Option<&'t AppId> {
    if matches!(part.why, Why::AppId(_) | Why::OtherName { .. }) { None } else { part.app_id.as_ref().or(target) }
}

/// What a text tells of one mini program.
#[derive(Default)]
struct Told<'t> {
    /// The first name that is not the registered one.
    name: Option<ToldName>,
    lists: BTreeMap<Api, Lines<'t>>,
}

/// What a text tells of one list.
#[derive(Default)]
struct Lines<'t> {
    all: Vec<(&'t Place, &'t str)>,
    /// Whether the text speaks of the list. Where lines were only moved there it is added to, and never replaced.
    is_told: bool,
}

impl Told<'_> {
    /// Takes what the text calls it at `place`, unless that is one name too many.
    fn call(&mut self, name: &str, place: &Place, registered: Option<&Registered>) -> Result<(), Why> {
        if registered.is_some_and(|one| one.name == name) {
            return Ok(());
        }
        match &self.name {
            Some(first) if first.name == name => Ok(()),
            Some(first) => {
                let known = registered.map_or(&first.name, |one| &one.name).clone();
                Err(Why::OtherName { told: shortened(name, QUOTED_MOST), known })
            }
            None => match accept_name(name) {
                Ok(name) => {
                    self.name = Some(ToldName { place: place.clone(), name });
                    Ok(())
                }
                // It has a name already.
                Err(_) if registered.is_some() => Ok(()),
                Err(_) => Err(Why::Name(name.to_owned())),
            },
        }
    }

    fn plan(
        self,
        app_id: &AppId,
        registered: Option<&Registered>,
        begin: &Limits,
        mode: Mode,
        is_doubted: bool,
    ) -> ProgramPlan {
        let (limits, entries) = registered.map_or((begin, &[][..]), |one| (&one.limits, &one.entries));
        let list = |(api, lines): (Api, Lines<'_>)| {
            let mode = if lines.is_told { mode } else { Mode::Add };
            list_plan(api, &lines.all, entries, limits, mode, is_doubted)
        };
        let lists = self.lists.into_iter().map(list).collect();
        let (name, told) = match (registered, self.name) {
            (Some(one), told) => (one.name.clone(), told),
            (None, Some(told)) => (told.name, None),
            (None, None) => (app_id.to_string(), None),
        };
        ProgramPlan { id: registered.map(|one| one.id), app_id: app_id.clone(), name, told, lists }
    }
}

fn list_plan(
    api: Api,
    lines: &[(&Place, &str)],
    registered: &[DomainEntry],
    limits: &Limits,
    mode: Mode,
    mut is_doubted: bool,
) -> ListPlan {
    let existing: Vec<&DomainEntry> = registered.iter().filter(|entry| entry.api() == api).collect();
    let there: BTreeSet<&DomainEntry> = existing.iter().copied().collect();
    let mut named = BTreeSet::new();
    let (mut new, mut present) = (Vec::new(), Vec::new());
    for (place, line) in lines {
        let judgement = judge_entry(api, line);
        match judgement.entry {
            Some(entry) if !named.insert(entry.clone()) => {}
            Some(entry) if there.contains(&entry) => present.push(entry),
            Some(_) => new.push((*place, *line)),
            None => {
                is_doubted = true;
                new.push((*place, *line));
            }
        }
    }
    let held = if mode == Mode::Replace && is_doubted {
        existing.iter().filter(|entry| !named.contains(**entry)).count()
    } else {
        0
    };
    let stays = |entry: &DomainEntry| mode == Mode::Add || is_doubted || named.contains(entry);
    let (kept, removed): (Vec<_>, Vec<_>) = existing.into_iter().cloned().partition(stays);
    let (mut added, mut refused) = (Vec::new(), Vec::new());
    let judgements = judge_list(api, new.iter().map(|(_, line)| *line), &kept, limits);
    for ((place, line), judgement) in new.into_iter().zip(judgements) {
        match judgement.entry {
            Some(entry) => added.push(entry),
            None => {
                let errors = judgement.findings.iter().filter(|finding| finding.severity == Severity::Error);
                let codes = errors.map(|finding| finding.code).collect();
                refused.push(RefusedEntry {
                    place: place.clone(),
                    input: shortened(line, QUOTED_MOST),
                    codes,
                    suggestion: judgement.suggestion,
                    elsewhere: judgement.elsewhere,
                });
            }
        }
    }
    ListPlan { api, added, present, removed, refused, held }
}

/// Most characters of a refused line, or of a name too many, that are repeated.
const QUOTED_MOST: usize = 256;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::programs::import::read;

    const SHOP: &str = "wx0123456789abcdef";

    fn shop(entries: &[&str]) -> Registered {
        Registered {
            id: ProgramId(3),
            app_id: SHOP.parse().unwrap(),
            name: "Shop".to_owned(),
            limits: Limits::default(),
            entries: entries.iter().map(|entry| DomainEntry::parse(Api::Request, entry).unwrap()).collect(),
        }
    }

    fn planned(text: &str, registered: &[Registered], mode: Mode) -> Plan {
        plan(
            &read(text, None, Api::Request).unwrap(),
            Some(&SHOP.parse().unwrap()),
            registered,
            &Limits::default(),
            mode,
        )
    }

    fn words(entries: &[DomainEntry]) -> Vec<String> {
        entries.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_new_is_added_what_is_there_stays_and_what_is_wrong_is_left_out() {
        let text =
            "https://a.example.com\nhttps://b.example.com\nhttps://b.example.com\nhttp://c.example.com\n192.0.2.1";
        let plan = planned(text, &[shop(&["https://a.example.com", "https://z.example.com"])], Mode::Add);
        let list = &plan.programs[0].lists[0];
        assert_eq!(words(&list.added), ["https://b.example.com"]);
        assert_eq!(words(&list.present), ["https://a.example.com"]);
        assert!(list.removed.is_empty());
        let refused: Vec<_> =
            list.refused.iter().map(|line| (line.place.to_string(), line.suggestion.as_deref())).collect();
        assert_eq!(refused, [("4".to_owned(), Some("https://c.example.com")), ("5".to_owned(), None)]);
        assert_eq!((plan.registered(), plan.added(), plan.present(), plan.removed(), plan.left_out()), (0, 1, 1, 0, 2));
    }

    #[test]
    fn a_list_is_replaced_only_where_the_text_speaks_of_it_and_all_of_it_can_be_read() {
        let mut shop = shop(&["https://a.example.com", "https://b.example.com", "https://c.example.com"]);
        shop.entries.push(DomainEntry::parse(Api::Upload, "https://a.example.com").unwrap());
        let shop = [shop];
        let text = r#"{"requestdomain":["https://d.example.com","https://a.example.com"]}"#;
        let plan = planned(text, &shop, Mode::Replace);
        let [list] = &plan.programs[0].lists[..] else { panic!("one list") };
        assert_eq!(words(&list.added), ["https://d.example.com"]);
        assert_eq!(words(&list.removed), ["https://b.example.com", "https://c.example.com"]);
        assert_eq!(list.held, 0);
        let text = r#"{"requestdomain":["https://d.example.com","https://a.example.com","http://b.example.com"]}"#;
        for (mode, held) in [(Mode::Replace, 2), (Mode::Add, 0)] {
            let plan = planned(text, &shop, mode);
            let list = &plan.programs[0].lists[0];
            assert_eq!(words(&list.added), ["https://d.example.com"]);
            assert_eq!((list.removed.len(), list.held), (0, held));
            assert_eq!(list.refused[0].codes, [Code::RuleScheme, Code::RuleDuplicate]);
        }
        let plan = planned("wss://typo.example.com", &shop, Mode::Replace);
        assert!(plan.changes_nothing());
        assert_eq!((plan.left_out(), plan.programs[0].lists[0].held), (1, 3));
    }

    #[test]
    fn a_line_of_another_list_is_told_so_and_replaces_nothing_where_it_is_moved() {
        let mut shop = shop(&["https://a.example.com", "https://b.example.com"]);
        shop.entries.push(DomainEntry::parse(Api::Socket, "wss://old.example.com").unwrap());
        let shop = [shop];
        let planned =
            |import: &Import| plan(import, Some(&SHOP.parse().unwrap()), &shop, &Limits::default(), Mode::Replace);
        let import = read("https://a.example.com\nwss://new.example.com/x", None, Api::Request).unwrap();
        let left = planned(&import);
        let list = &left.programs[0].lists[0];
        let elsewhere = list.refused[0].elsewhere.as_ref().map(ToString::to_string);
        assert_eq!(elsewhere.as_deref(), Some("wss://new.example.com"));
        assert_eq!((left.movable(), left.removed(), list.held), (1, 0, 1));

        let moved = planned(&import.moved());
        let lists = &moved.programs[0].lists;
        assert_eq!(lists.iter().map(|list| list.api).collect::<Vec<_>>(), [Api::Request, Api::Socket]);
        assert_eq!((words(&lists[0].removed), moved.removed()), (vec!["https://b.example.com".to_owned()], 1));
        assert_eq!((words(&lists[1].added), moved.movable()), (vec!["wss://new.example.com".to_owned()], 0));

        let both = r#"{"requestdomain":["wss://new.example.com"],"wsrequestdomain":["wss://c.example.com"]}"#;
        let moved = planned(&read(both, None, Api::Request).unwrap().moved());
        let [list] = &moved.programs[0].lists[..] else { panic!("one list") };
        assert_eq!(words(&list.removed), ["wss://old.example.com"], "the text speaks of that list, too");
        assert_eq!(list.added.len(), 2);
    }

    #[test]
    fn what_could_not_be_read_may_have_meant_any_list_of_its_mini_program_or_of_anybody() {
        const OTHER: &str = "wx00000000000000aa";
        let entries = ["https://a.example.com", "https://b.example.com"];
        let mut shop = shop(&entries);
        shop.entries.push(DomainEntry::parse(Api::Upload, "https://a.example.com").unwrap());
        let other = Registered { id: ProgramId(4), app_id: OTHER.parse().unwrap(), ..self::shop(&entries) };
        let registered = [shop, other];
        let of_both = format!(
            "appid,name,api,entry\n{SHOP},,request,https://a.example.com\n{SHOP},,upload,https://c.example.com\n\
            {OTHER},,request,https://a.example.com\n"
        );
        let replaced = |row: &str, target: Option<&AppId>| {
            let import = read(&format!("{of_both}{row}"), None, Api::Request).unwrap();
            let plan = plan(&import, target, &registered, &Limits::default(), Mode::Replace);
            let lists = plan.programs.iter().flat_map(|program| &program.lists);
            lists.map(|list| (list.removed.len(), list.held)).collect::<Vec<_>>()
        };
        let (told, of_shop, all) = ([(1, 0), (1, 0), (1, 0)], [(0, 1), (0, 1), (1, 0)], [(0, 1), (0, 1), (0, 1)]);
        let (shop, long): (AppId, _) = (SHOP.parse().unwrap(), "x".repeat(61));
        for (row, target, expected) in [
            (String::new(), None, told),
            (format!("{SHOP},,reqest,https://b.example.com"), None, of_shop),
            (format!("{SHOP},,request,"), None, of_shop),
            (",,reqest,https://b.example.com".to_owned(), Some(&shop), of_shop),
            (",,reqest,https://b.example.com".to_owned(), None, all),
            (",,request,https://b.example.com".to_owned(), None, all),
            ("wx1,,request,https://b.example.com".to_owned(), Some(&shop), all),
            ("wx1,,reqest,".to_owned(), Some(&shop), all),
            (format!("wx00000000000000bb,{long},request,https://b.example.com"), None, told),
        ] {
            let plan = replaced(&row, target);
            assert_eq!(plan[..3], expected, "{row}");
        }
    }

    #[test]
    fn replacing_makes_room_and_an_empty_list_empties() {
        let old: Vec<_> = (0..20).map(|number| format!("https://o{number}.example.com")).collect();
        let old: Vec<_> = old.iter().map(String::as_str).collect();
        let new: Vec<_> = (0..21).map(|number| format!("https://n{number}.example.com")).collect();
        let text = new.join(";");
        let added = |mode| {
            let plan = planned(&text, &[shop(&old)], mode);
            (plan.added(), plan.removed(), plan.left_out())
        };
        assert_eq!((added(Mode::Add), added(Mode::Replace)), ((0, 0, 21), (20, 20, 1)));
        assert_eq!(planned(r#"{"requestdomain":[]}"#, &[shop(&old)], Mode::Replace).removed(), 20);
        assert!(planned(r#"{"requestdomain":[]}"#, &[shop(&old)], Mode::Add).changes_nothing());
    }

    #[test]
    fn mini_programs_that_are_not_registered_would_be() {
        let text = "appid,name,api,entry\n\
            wx00000000000000aa,New,request,https://a.example.com\n\
            wx00000000000000aa,Other,upload,https://a.example.com\n\
            wx00000000000000bb,,request,https://b.example.com\n\
            wx0123456789abcdef,Renamed,request,https://c.example.com\n\
            ,,request,https://d.example.com";
        let import = read(text, None, Api::Request).unwrap();
        let plan = plan(&import, None, &[shop(&[])], &Limits::default(), Mode::Add);
        let told: Vec<_> = plan.programs.iter().map(|one| (one.id, one.name.as_str(), one.lists.len())).collect();
        assert_eq!(
            told,
            [(None, "New", 1), (None, "wx00000000000000bb", 1), (Some(ProgramId(3)), "Shop", 1)],
            "an import renames nothing"
        );
        let other = Why::OtherName { told: "Other".to_owned(), known: "New".to_owned() };
        assert_eq!(
            plan.unread,
            [
                Unread { place: Place::Line(3), app_id: Some("wx00000000000000aa".parse().unwrap()), why: other },
                Unread { place: Place::Line(6), app_id: None, why: Why::NoProgram }
            ]
        );
        let long = format!("appid,name,api,entry\nwx00000000000000aa,{},request,https://a.example.com", "x".repeat(61));
        let import = read(&long, None, Api::Request).unwrap();
        let plan = super::plan(&import, None, &[], &Limits::default(), Mode::Add);
        assert_eq!((plan.registered(), plan.unread[0].why.clone()), (1, Why::Name("x".repeat(61))));
    }

    #[test]
    fn a_registered_mini_program_may_have_one_other_name_which_is_told_and_no_more() {
        let registered = [shop(&["https://z.example.com"])];
        let named = |rows: &str| {
            let import = read(&format!("appid,name,api,entry\n{rows}"), None, Api::Request).unwrap();
            plan(&import, None, &registered, &Limits::default(), Mode::Replace)
        };
        let told = |plan: &Plan| plan.programs[0].told.as_ref().map(|told| format!("{} {}", told.place, told.name));
        let a = format!("{SHOP}, Shop ,request,https://a.example.com\n{SHOP},,request,https://b.example.com\n");
        let plan = named(&a);
        assert_eq!((told(&plan), plan.added(), plan.removed(), plan.left_out()), (None, 2, 1, 0));

        let b = format!("{a}{SHOP},Stall,request,https://c.example.com\n{SHOP},Stall,request,https://d.example.com\n");
        let plan = named(&b);
        let stall = Some("4 Stall".to_owned());
        assert_eq!((told(&plan), plan.added(), plan.removed(), plan.left_out()), (stall.clone(), 4, 1, 0));

        let plan = named(&format!("{b}{SHOP},Kiosk,request,https://e.example.com"));
        assert_eq!((told(&plan), plan.added(), plan.removed(), plan.left_out()), (stall, 4, 0, 1));
        let why = Why::OtherName { told: "Kiosk".to_owned(), known: "Shop".to_owned() };
        assert_eq!((&plan.unread[0].place, &plan.unread[0].why), (&Place::Line(6), &why));
        assert_eq!(plan.programs[0].lists[0].held, 1, "it may be of any mini program");
    }

    #[test]
    fn a_row_with_a_name_too_many_is_left_out_once_however_many_lists_its_entries_belong_to() {
        let text = "appid,name,api,entry\nwx00000000000000aa,One,request,https://a.example.com\n\
            wx00000000000000aa,Two,request,https://b.example.com;wss://b.example.com\n\
            wx00000000000000aa,,request,https://c.example.com";
        let import = read(text, None, Api::Request).unwrap().moved();
        let plan = plan(&import, None, &[], &Limits::default(), Mode::Add);
        assert_eq!((plan.added(), plan.left_out(), plan.programs[0].told.clone()), (2, 1, None));
        assert_eq!(plan.unread[0].place, Place::Line(3));
    }
}
