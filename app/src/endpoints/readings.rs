//! Which of several readings that overlap is the newest: they are answered in any order.

/// Counts the readings of one thing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readings {
    begun: u64,
    shown: u64,
}

impl Readings {
    /// The number of a reading that begins now.
    pub(super) fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    /// Whether a reading that was answered is newer than what is shown; then it is what is shown.
    pub(super) fn show(&mut self, number: u64) -> bool {
        let is_newer = self.would_show(number);
        if is_newer {
            self.shown = number;
        }
        is_newer
    }

    /// The same of one that failed, which shows nothing.
    pub(super) fn would_show(&self, number: u64) -> bool {
        number > self.shown
    }

    /// Something was saved: whatever is being read may not have it.
    pub(super) fn outdate(&mut self) {
        self.shown = self.begun;
    }
}

#[cfg(test)]
mod tests {
    use super::Readings;

    #[test]
    fn an_answer_that_is_older_than_what_is_shown_is_dropped() {
        let mut readings = Readings::default();
        let (first, second, third) = (readings.begin(), readings.begin(), readings.begin());
        assert!(readings.show(second));
        assert!(!readings.would_show(first) && !readings.show(first));
        assert!(readings.would_show(third) && readings.show(third));
    }

    #[test]
    fn what_was_begun_before_a_save_is_not_shown_after_it() {
        let mut readings = Readings::default();
        let before = readings.begin();
        readings.outdate();
        let after = readings.begin();
        assert!(!readings.show(before) && readings.show(after));
    }
}
