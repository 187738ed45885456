//! What is sent: readings as a watch and its phone write them, each one different from all others.
//!
//! The n-th reading is fixed by its number: whose it is, when it was taken, what it is and what it
//! says. Texts are laid out once; before sending, only the bytes that differ are written over.

use pulsvagt::clock::Micros;

/// Citizens and device numbers are written with this many digits.
const DIGITS: usize = 5;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The kinds repeat after this many readings.
pub(crate) const CYCLE: u64 = 25;

/// What a reading is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    HeartRate,
    Saturation,
    Pressure,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::HeartRate, Self::Saturation, Self::Pressure];

    /// Four of five are heart rates.
    pub(crate) fn of(number: u64) -> Self {
        match number % CYCLE {
            0..20 => Self::HeartRate,
            20..23 => Self::Saturation,
            _ => Self::Pressure,
        }
    }

    /// The smallest two-digit value, and how many there are.
    fn values(self) -> (u64, u64) {
        match self {
            Self::HeartRate => (55, 45),
            Self::Saturation => (90, 10),
            Self::Pressure => (60, 40),
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::HeartRate => HEART_RATE,
            Self::Saturation => SATURATION,
            Self::Pressure => PRESSURE,
        }
    }
}

/// `§c` citizen, `§t` time, `§v` two digits, `§w` three digits, `§i` the identifier if there is
/// to be one.
const HEART_RATE: &str = concat!(
    r#"{"resourceType":"Observation","status":"final",§i"category":[{"coding":[{"system":"#,
    r#""http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"#,
    r#""code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"},"#,
    r#"{"system":"http://developer.apple.com/documentation/healthkit","#,
    r#""code":"HKQuantityTypeIdentifierHeartRate","display":"Heart Rate"}]},"#,
    r#""subject":{"reference":"Patient/c§c"},"effectiveDateTime":"§t","valueQuantity":"#,
    r#"{"value":§v,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"},"#,
    r#""device":{"reference":"Device/watch-§c"}}"#
);
const SATURATION: &str = concat!(
    r#"{"resourceType":"Observation","status":"final",§i"category":[{"coding":[{"system":"#,
    r#""http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"#,
    r#""code":{"coding":[{"system":"http://loinc.org","code":"2708-6","#,
    r#""display":"Oxygen saturation in Arterial blood"},{"system":"http://loinc.org","#,
    r#""code":"59408-5","display":"Oxygen saturation in Arterial blood by Pulse oximetry"}]},"#,
    r#""subject":{"reference":"Patient/c§c"},"effectiveDateTime":"§t","valueQuantity":"#,
    r#"{"value":§v,"unit":"%","system":"http://unitsofmeasure.org","code":"%"},"#,
    r#""device":{"reference":"Device/watch-§c"}}"#
);
const PRESSURE: &str = concat!(
    r#"{"resourceType":"Observation","status":"final",§i"category":[{"coding":[{"system":"#,
    r#""http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"#,
    r#""code":{"coding":[{"system":"http://loinc.org","code":"85354-9","#,
    r#""display":"Blood pressure panel with all children optional"}]},"#,
    r#""subject":{"reference":"Patient/c§c"},"effectiveDateTime":"§t","component":["#,
    r#"{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","#,
    r#""display":"Systolic blood pressure"}]},"valueQuantity":{"value":§w,"unit":"mmHg","#,
    r#""system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"#,
    r#""http://loinc.org","code":"8462-4","display":"Diastolic blood pressure"}]},"#,
    r#""valueQuantity":{"value":§v,"unit":"mmHg","system":"http://unitsofmeasure.org","#,
    r#""code":"mm[Hg]"}}],"device":{"reference":"Device/watch-§c"}}"#
);
const IDENTIFIER: &str = r#""identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:§n"}],"#;

/// Which readings there are: the n-th is a certain citizen's at a certain time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many citizens take turns.
    pub(crate) citizens: u64,
    /// How many readings of a citizen follow each other before it is the next one's turn.
    pub(crate) together: u64,
    /// When the first is taken; a whole second and a few milliseconds.
    pub(crate) start: Micros,
    /// Microseconds from one of a citizen's readings to the next; whole seconds.
    pub(crate) step: i64,
}

impl Plan {
    /// Whose the n-th reading is, and when it was taken. Everybody has one in each round, in an
    /// order that shifts, so that everybody has every kind.
    pub(crate) fn at(&self, number: u64) -> (u64, Micros) {
        let (group, within) = (number / self.together, number % self.together);
        let (round, place) = (group / self.citizens, group % self.citizens);
        let citizen = (place + round) % self.citizens;
        let since = signed(round * self.together + within) * self.step + stagger(citizen);
        (citizen, Micros(self.start.0 + since))
    }

    /// The n-th reading.
    pub(crate) fn json(&self, number: u64) -> Vec<u8> {
        let mut page = Page::default();
        page.observation(Kind::of(number), false);
        page.fill(self, number);
        page.bytes
    }
}

/// A citizen's devices are a little late, each by a time of its own.
pub(crate) fn stagger(citizen: u64) -> i64 {
    signed(citizen * 37 % 450) * 2_000
}

/// A citizen's logical id.
pub(crate) fn citizen_id(citizen: u64) -> String {
    format!("c{citizen:05}")
}

/// Text with places that are written over for each reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) bytes: Vec<u8>,
    slots: Vec<Slot>,
}

/// Where one reading's places are; 0 = there is none.
#[derive(Debug, Clone, Default)]
struct Slot {
    citizens: [usize; 2],
    time: usize,
    two: usize,
    values: (u64, u64),
    three: usize,
    name: usize,
}

impl Page {
    /// Appends text that stays.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    /// Appends a reading that is yet to be filled in.
    pub(crate) fn observation(&mut self, kind: Kind, identified: bool) {
        let template = kind.template().replace("§i", if identified { IDENTIFIER } else { "" });
        let mut slot = Slot { values: kind.values(), ..Slot::default() };
        let mut parts = template.split('§');
        self.raw(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            let (mark, rest) = part.split_at(1);
            let at = self.bytes.len();
            let width = match mark {
                "c" => {
                    slot.citizens = [slot.citizens[1], at];
                    DIGITS
                }
                "t" => {
                    slot.time = at;
                    29
                }
                "v" => {
                    slot.two = at;
                    2
                }
                "w" => {
                    slot.three = at;
                    3
                }
                _ => {
                    slot.name = at;
                    36
                }
            };
            self.bytes.resize(at + width, b'0');
            self.raw(rest.as_bytes());
        }
        self.slots.push(slot);
    }

    /// Writes readings into their places, from the given one on. Their kinds have to be those for
    /// which the places were made.
    pub(crate) fn fill(&mut self, plan: &Plan, first: u64) {
        let Self { bytes, slots } = self;
        for (number, slot) in (first..).zip(slots.iter()) {
            let (citizen, at) = plan.at(number);
            let noise = mixed(number);
            for place in slot.citizens {
                digits(&mut bytes[place..place + DIGITS], citizen);
            }
            time(&mut bytes[slot.time..slot.time + 29], at);
            let (low, count) = slot.values;
            digits(&mut bytes[slot.two..slot.two + 2], low + noise % count);
            if slot.three > 0 {
                digits(&mut bytes[slot.three..slot.three + 3], 100 + (noise >> 8) % 80);
            }
            if slot.name > 0 {
                uuid(&mut bytes[slot.name..slot.name + 36], number, noise);
            }
        }
    }

    /// How many readings it holds.
    pub(crate) fn len(&self) -> u64 {
        self.slots.len() as u64
    }
}

/// The head and the body of a batch of `size` readings.
pub(crate) fn bundle(size: u64, first: u64) -> Page {
    let mut page = Page::default();
    page.raw(br#"{"resourceType":"Bundle","type":"batch","entry":["#);
    for number in first..first + size {
        if number > first {
            page.raw(b",");
        }
        page.raw(br#"{"resource":"#);
        page.observation(Kind::of(number), false);
        page.raw(br#","request":{"method":"POST","url":"Observation"}}"#);
    }
    page.raw(b"]}");
    page
}

impl Page {
    /// The same page with something in front.
    pub(crate) fn after(mut self, head: &[u8]) -> Self {
        self.bytes.splice(..0, head.iter().copied());
        for slot in &mut self.slots {
            let Slot { citizens: [one, other], time, two, three, name, .. } = slot;
            for place in [one, other, time, two, three, name] {
                if *place > 0 {
                    *place += head.len();
                }
            }
        }
        self
    }
}

/// A number that looks random and is not.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16
}

fn digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

fn uuid(place: &mut [u8], number: u64, noise: u64) {
    let value = (u128::from(noise) << 64) | u128::from(number);
    let mut nibbles = 0..32_u32;
    for (at, byte) in place.iter_mut().enumerate() {
        *byte = if matches!(at, 8 | 13 | 18 | 23) {
            b'-'
        } else {
            let shift = 124 - 4 * nibbles.next().unwrap_or(31);
            b"0123456789abcdef"[usize::try_from((value >> shift) & 15).unwrap_or(0)]
        };
    }
}

/// `2026-01-15T08:30:12.123+01:00`.
fn time(place: &mut [u8], at: Micros) {
    let local = at.0 + 3_600 * SECOND;
    let (days, rest) = (local.div_euclid(DAY), local.rem_euclid(DAY));
    // Days since 0000-03-01, in the calendar that never changed.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let millis = rest / 1_000;
    place.copy_from_slice(b"0000-00-00T00:00:00.000+01:00");
    let mut write = |from: usize, to: usize, number: i64| {
        digits(&mut place[from..to], u64::try_from(number).unwrap_or(0));
    };
    write(0, 4, year);
    write(5, 7, month);
    write(8, 10, day);
    write(11, 13, millis / 3_600_000);
    write(14, 16, millis / 60_000 % 60);
    write(17, 19, millis / 1_000 % 60);
    write(20, 23, millis % 1_000);
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
