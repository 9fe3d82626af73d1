//! The kinds of things that histories are made of, counted: a suite in which one of them never happens proves nothing of it.

/// One kind of thing that may happen in a history. What every history goes through is in [`super::plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A visit is captured.
    Visit,
    /// Notes are added to a visit.
    Note,
    /// An account's telephone number is changed.
    Phone,
    /// An order is captured.
    Order,
    /// A quote is.
    Quote,
    /// An order is handed in.
    Submit,
    /// One that was handed in is corrected on a phone.
    Correct,
    /// One is withdrawn on a phone.
    Withdraw,
    /// A quote has become an order of the record.
    QuoteOrdered,
    /// A correction by a rep is in the record, under the order's number.
    Corrected,
    /// One by the office is.
    OfficeCorrected,
    /// The server finds that an order costs something else.
    Review,
    /// An order is accepted.
    Accept,
    /// One is given back.
    Reject,
    /// One is off.
    Cancel,
    /// An account is founded.
    Account,
    /// An app skips the rules.
    Buggy,
    /// A push arrives twice.
    Twice,
    /// A push is gated, somebody else's work on the same record is appended, and only then is the push.
    Apart,
    /// A connection drops, with everything on it.
    Drop,
    /// A phone gives up; what it sent may still arrive.
    Abandon,
    /// A phone crashes before its commit.
    PhoneCrash,
    /// The server crashes before its commit.
    CrashBefore,
    /// The server crashes after its commit, before its answer.
    CrashAfter,
    /// Accounts move.
    Move,
    /// An account is merged into another.
    Merge,
    /// An hour passes: a grace may end.
    Wait,
    /// A phone is restored from a backup.
    Restore,
    /// A phone is cloned.
    Clone,
    /// A record vanishes from a phone.
    LoseRecord,
    /// An account with its records does.
    LoseAccount,
    /// The office edits a record.
    OfficeEdit,
    /// The office decides on what is held.
    Decide,
    /// Somebody captures a held item anew.
    ReApply,
    /// Somebody gives a held item up.
    GiveUp,
}

impl Step {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 35] = [
        Self::Visit,
        Self::Note,
        Self::Phone,
        Self::Order,
        Self::Quote,
        Self::Submit,
        Self::Correct,
        Self::Withdraw,
        Self::QuoteOrdered,
        Self::Corrected,
        Self::OfficeCorrected,
        Self::Review,
        Self::Accept,
        Self::Reject,
        Self::Cancel,
        Self::Account,
        Self::Buggy,
        Self::Twice,
        Self::Apart,
        Self::Drop,
        Self::Abandon,
        Self::PhoneCrash,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Move,
        Self::Merge,
        Self::Wait,
        Self::Restore,
        Self::Clone,
        Self::LoseRecord,
        Self::LoseAccount,
        Self::OfficeEdit,
        Self::Decide,
        Self::ReApply,
        Self::GiveUp,
    ];
}

/// In how many histories each step happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Happened([u64; Step::COUNT]);

impl Default for Happened {
    fn default() -> Self {
        Self([0; Step::COUNT])
    }
}

impl Happened {
    /// Notes that a step happened in this history, however often.
    pub fn note(&mut self, step: Step) {
        self.0[step as usize] = 1;
    }

    /// In how many histories a step happened.
    pub fn count(&self, step: Step) -> u64 {
        self.0[step as usize]
    }
}

impl std::ops::AddAssign for Happened {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }
}

impl std::fmt::Debug for Happened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counted = Step::ALL.iter().map(|step| (format!("{step:?}"), self.count(*step)));
        f.debug_map().entries(counted).finish()
    }
}
