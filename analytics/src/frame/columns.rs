//! Columns that grow by a row for each citizen.

/// Numbers, some of which are missing.
#[derive(Debug, Default, Clone)]
pub(crate) struct Column {
    values: Vec<Option<f64>>,
    has_any: bool,
}

impl Column {
    pub(crate) fn push(&mut self, value: Option<f64>) {
        self.has_any |= value.is_some();
        self.values.push(value);
    }

    /// All of them, unless none is there.
    pub(crate) fn values(&self) -> Option<&[Option<f64>]> {
        self.has_any.then_some(&self.values)
    }
}

/// Lists of different lengths, end to end.
#[derive(Debug, Clone)]
pub(crate) struct Ragged<T> {
    items: Vec<T>,
    ends: Vec<usize>,
}

impl<T> Default for Ragged<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Ragged<T> {
    pub(crate) fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(self.items.len());
    }

    pub(crate) fn row(&self, row: usize) -> &[T] {
        let end = self.ends.get(row).copied().unwrap_or_default();
        let start = row.checked_sub(1).and_then(|row| self.ends.get(row)).copied();
        &self.items[start.unwrap_or_default()..end]
    }
}
