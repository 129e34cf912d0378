//! A time on a page. The service does not know where the person is, so it writes UTC and says so; the script
//! of the page writes it again in their zone.

use std::fmt;

use askama::filters::HtmlSafe;
use crypto_core::time::UnixTime;

use super::{Language, Text, Words};

/// A time, as it is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    at: UnixTime,
    style: Style,
    language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// The day.
    Day,
    /// The day and the time.
    Moment,
}

impl When {
    /// The day only.
    pub(crate) const fn day(at: UnixTime, language: Language) -> Self {
        Self { at, style: Style::Day, language }
    }

    /// The day and the time.
    pub(crate) const fn moment(at: UnixTime, language: Language) -> Self {
        Self { at, style: Style::Moment, language }
    }

    /// Without HTML.
    pub(crate) fn text(self) -> String {
        let words = self.language.words();
        let Civil { year, month, day, hour, minute, .. } = Civil::of(self.at);
        let date = words
            .months
            .date
            .as_str()
            .replace("{day}", &day.to_string())
            .replace("{month}", name(words, month).as_str())
            .replace("{year}", &year.to_string());
        match self.style {
            Style::Day => date,
            Style::Moment => words
                .months
                .moment
                .as_str()
                .replace("{date}", &date)
                .replace("{time}", &format!("{hour:02}:{minute:02}")),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = Civil::of(self.at);
        let style = match self.style {
            Style::Day => "day",
            Style::Moment => "moment",
        };
        write!(
            f,
            "<time datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\" \
             data-style=\"{style}\">{}</time>",
            self.text()
        )
    }
}

impl HtmlSafe for When {}

/// The time that a field of the kind `datetime-local` says, in UTC, if it is one: `2026-11-22T14:02`.
/// `offset` is what the script of the page says of the person's zone, in minutes as JavaScript has them.
pub(crate) fn read_local(text: &str, offset: i64) -> Option<UnixTime> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (time.next()??, time.next()??);
    let in_range = (2000..3000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (-15 * 60..=15 * 60).contains(&offset);
    if !in_range || date.next().is_some() {
        return None;
    }
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute + offset;
    u64::try_from(minutes).ok().map(|minutes| UnixTime::from_secs(minutes * 60))
}

/// A time as a calendar and a clock have it, in UTC.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// After Howard Hinnant's `civil_from_days`.
    fn of(at: UnixTime) -> Self {
        let secs = at.secs();
        let days = i64::try_from(secs / 86_400).unwrap_or(i64::MAX / 2) + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: secs / 3600 % 24,
            minute: secs / 60 % 60,
            second: secs % 60,
        }
    }
}

/// Days since 1970 (`days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year % 400;
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn name(words: &Words, month: i64) -> &Text {
    let months = &words.months;
    match month {
        1 => &months.january,
        2 => &months.february,
        3 => &months.march,
        4 => &months.april,
        5 => &months.may,
        6 => &months.june,
        7 => &months.july,
        8 => &months.august,
        9 => &months.september,
        10 => &months.october,
        11 => &months.november,
        _ => &months.december,
    }
}

/// How much is left of a request, as minutes and seconds.
pub(crate) fn left(until: UnixTime, now: UnixTime) -> String {
    let secs = until.millis_since(now).div_ceil(1000);
    format!("{}:{:02}", secs / 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_people_write_it() {
        let at = UnixTime::from_secs(1_795_356_120);
        assert_eq!(When::day(at, Language::En).text(), "22 November 2026");
        assert_eq!(When::day(at, Language::Sv).text(), "22 november 2026");
        assert_eq!(When::day(at, Language::Nb).text(), "22. november 2026");
        assert_eq!(When::moment(at, Language::En).text(), "22 November 2026, 14:02 UTC");
        assert_eq!(
            When::moment(at, Language::Nb).to_string(),
            "<time datetime=\"2026-11-22T14:02:00Z\" data-style=\"moment\">22. november 2026 kl. 14:02 UTC</time>"
        );
    }

    #[test]
    fn a_day_is_read_back_in_every_year_and_zone() {
        for day in (0..40_000).step_by(13) {
            let at = UnixTime::from_secs(946_684_800 + day * 86_400 + 14 * 3600 + 120);
            let Civil { year, month, day, .. } = Civil::of(at);
            let text = format!("{year:04}-{month:02}-{day:02}T14:02");
            assert_eq!(read_local(&text, 0), Some(at));
            assert_eq!(read_local(&text, -60).map(|it| it.plus_secs(3600)), Some(at));
        }
    }

    #[test]
    fn a_day_that_is_none_is_refused() {
        for text in ["", "2026-11-22", "2026-13-01T00:00", "x-1-1T0:0", "2026-11-22T24:00", "1-2-3-4T00:00"] {
            assert_eq!(read_local(text, 0), None, "{text}");
        }
        assert_eq!(read_local("2026-11-22T14:02", 100_000), None);
    }

    #[test]
    fn what_is_left_is_rounded_up_so_that_nobody_sees_nothing_left_too_early() {
        let until = UnixTime::from_millis(120_000);
        assert_eq!(left(until, UnixTime::from_millis(6_000)), "1:54");
        assert_eq!(left(until, UnixTime::from_millis(119_001)), "0:01");
        assert_eq!(left(until, UnixTime::from_millis(120_000)), "0:00");
    }
}
