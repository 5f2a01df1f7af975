//! What of a plan is sent and drawn: all of it is counted, and as much is listed as a person reads.

use model::{
    Api, AppId, DomainEntry,
    programs::import::{DryRun, Format, ListPlan, ProgramPlan, RefusedEntry, ToldName, Unread},
    service::ProgramId,
};
use serde::{Deserialize, Serialize};

/// A plan cut to what is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPlan {
    /// What the text was read as.
    pub format: Format,
    /// Names the whole plan.
    pub digest: String,
    /// Over the whole plan.
    pub counts: Counts,
    /// The mini programs that change, then those that do not, as many as are listed.
    pub programs: Vec<ShownProgram>,
    /// How many are not listed.
    pub programs_left: usize,
    /// What could not be read, as much as is listed.
    pub unread: Vec<Unread>,
    /// How much is not listed.
    pub unread_left: usize,
}

/// What would become of one mini program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownProgram {
    /// Its id; none when it would be registered.
    pub id: Option<ProgramId>,
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// What the text calls it, where it is registered under another name, which it keeps.
    pub told: Option<ToldName>,
    /// The lists that the text speaks of.
    pub lists: Vec<ShownList>,
}

/// What would become of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownList {
    /// Which one.
    pub api: Api,
    /// What would be added.
    pub added: Rows<DomainEntry>,
    /// What is there already.
    pub present: Rows<DomainEntry>,
    /// What would be removed.
    pub removed: Rows<DomainEntry>,
    /// What is left out, for WeChat would not take it.
    pub refused: Rows<RefusedEntry>,
    /// How many entries stay although the list was to be replaced.
    pub held: usize,
}

/// Rows of one kind, as many as are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The first ones.
    pub first: Vec<T>,
    /// How many are not listed.
    pub left: usize,
}

impl<T> Rows<T> {
    fn cut(mut rows: Vec<T>, most: usize) -> Self {
        let left = cut(&mut rows, most);
        Self { first: rows, left }
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.first.len() + self.left
    }
}

/// How much of each kind a whole plan has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Mini programs that would be registered.
    pub registered: usize,
    /// Entries that would be added.
    pub added: usize,
    /// Entries that would be removed.
    pub removed: usize,
    /// Entries that are there already.
    pub present: usize,
    /// Entries and parts of the text that are left out.
    pub left_out: usize,
    /// Those of them that another list takes, by their scheme.
    pub movable: usize,
}

impl Counts {
    /// Whether the register would stay as it is.
    pub const fn changes_nothing(&self) -> bool {
        self.registered + self.added + self.removed == 0
    }
}

impl From<DryRun> for ShownPlan {
    fn from(DryRun { format, mut plan, digest }: DryRun) -> Self {
        let counts = Counts {
            registered: plan.registered(),
            added: plan.added(),
            removed: plan.removed(),
            present: plan.present(),
            left_out: plan.left_out(),
            movable: plan.movable(),
        };
        plan.programs.sort_by_key(stays);
        let programs_left = cut(&mut plan.programs, PROGRAMS_MOST);
        let unread_left = cut(&mut plan.unread, ROWS_MOST);
        let most = rows_most(plan.programs.len());
        let programs = plan.programs.into_iter().map(|program| shown_program(program, most)).collect();
        Self { format, digest, counts, programs, programs_left, unread: plan.unread, unread_left }
    }
}

fn shown_program(program: ProgramPlan, most: usize) -> ShownProgram {
    let ProgramPlan { id, app_id, name, told, lists } = program;
    ShownProgram { id, app_id, name, told, lists: lists.into_iter().map(|list| shown_list(list, most)).collect() }
}

fn shown_list(list: ListPlan, most: usize) -> ShownList {
    let ListPlan { api, added, present, removed, refused, held } = list;
    ShownList {
        api,
        added: Rows::cut(added, most),
        present: Rows::cut(present, most),
        removed: Rows::cut(removed, most),
        refused: Rows::cut(refused, most),
        held,
    }
}

/// Whether neither the mini program changes nor anything of it is left out or held, nor is it called otherwise.
fn stays(program: &ProgramPlan) -> bool {
    let quiet =
        |list: &ListPlan| list.added.is_empty() && list.removed.is_empty() && list.refused.is_empty() && list.held == 0;
    program.id.is_some() && program.told.is_none() && program.lists.iter().all(quiet)
}

/// How many were cut off.
fn cut<T>(items: &mut Vec<T>, most: usize) -> usize {
    let left = items.len().saturating_sub(most);
    items.truncate(most);
    left
}

/// Most rows of one kind in one list that are drawn beside so many mini programs.
const fn rows_most(programs: usize) -> usize {
    let share = ROWS_MOST * 10 / if programs == 0 { 1 } else { programs };
    if share > ROWS_MOST { ROWS_MOST } else { share }
}

/// Most mini programs that are drawn.
pub(super) const PROGRAMS_MOST: usize = 100;

/// Most rows of one kind that are drawn.
const ROWS_MOST: usize = 100;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{
        Limits,
        programs::import::{Mode, Registered, plan, read},
    };

    use super::*;

    #[test]
    fn of_many_mini_programs_those_that_change_are_listed_and_all_are_counted() {
        let app_id = |number: usize| format!("wx{number:016x}");
        let lines = (0..150).map(|number| format!("{},request,https://a.example.com\n", app_id(number)));
        let text = format!("appid,api,entry\n{}", lines.collect::<String>());
        let import = read(&text, None, Api::Request).unwrap();
        let registered: Vec<_> = (0..20)
            .map(|number| Registered {
                id: ProgramId(number),
                app_id: app_id(number.unsigned_abs() as usize).parse().unwrap(),
                name: "there".to_owned(),
                limits: Limits::default(),
                entries: vec![DomainEntry::parse(Api::Request, "https://a.example.com").unwrap()],
            })
            .collect();
        let plan = plan(&import, None, &registered, &Limits::default(), Mode::Add);
        let shown = ShownPlan::from(DryRun { format: import.format, plan, digest: String::new() });
        assert_eq!((shown.programs.len(), shown.programs_left), (PROGRAMS_MOST, 50));
        assert_eq!((shown.counts.registered, shown.counts.added, shown.counts.present), (130, 130, 20));
        assert!(shown.programs.iter().all(|program| program.id.is_none()));
        assert_eq!(shown.programs[0].app_id.as_str(), app_id(20));
    }

    #[test]
    fn a_mini_program_of_which_something_is_held_is_listed_before_those_that_stay() {
        let entry = |entry| DomainEntry::parse(Api::Request, entry).unwrap();
        let registered = [(1, "wx0000000000000001"), (2, "wx0000000000000002")].map(|(id, app_id)| Registered {
            id: ProgramId(id),
            app_id: app_id.parse().unwrap(),
            name: "there".to_owned(),
            limits: Limits::default(),
            entries: vec![entry("https://a.example.com"), entry("https://b.example.com")],
        });
        let text = "appid,api,entry\nwx0000000000000001,request,https://a.example.com;https://b.example.com\n\
            wx0000000000000002,request,https://a.example.com\nwx0000000000000002,reqest,https://b.example.com";
        let import = read(text, None, Api::Request).unwrap();
        let plan = plan(&import, None, &registered, &Limits::default(), Mode::Replace);
        let shown = ShownPlan::from(DryRun { format: import.format, plan, digest: String::new() });
        let held: Vec<_> = shown.programs.iter().map(|program| (program.id, program.lists[0].held)).collect();
        assert_eq!(held, [(Some(ProgramId(2)), 1), (Some(ProgramId(1)), 0)]);
    }

    #[test]
    fn of_long_lists_the_first_rows_are_sent_and_all_are_counted() {
        let lines = (0..150).map(|number| format!("wx0000000000000001,request,http://h{number}.example.com\n"));
        let text = format!("appid,api,entry\n{}", lines.collect::<String>());
        let import = read(&text, None, Api::Request).unwrap();
        let plan = plan(&import, None, &[], &Limits::default(), Mode::Add);
        let shown = ShownPlan::from(DryRun { format: import.format, plan, digest: String::new() });
        let refused = &shown.programs[0].lists[0].refused;
        assert_eq!((refused.first.len(), refused.left, refused.count()), (ROWS_MOST, 50, 150));
        assert_eq!(refused.first[0].input, "http://h0.example.com");
        assert_eq!(shown.counts.left_out, 150);
    }

    #[test]
    fn the_more_mini_programs_the_fewer_rows_of_each() {
        for (programs, rows) in [(0, 100), (1, 100), (10, 100), (20, 50), (PROGRAMS_MOST, 10)] {
            assert_eq!(rows_most(programs), rows, "{programs}");
        }
    }
}
