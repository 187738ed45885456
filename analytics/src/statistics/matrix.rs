//! Symmetric matrices of a few hundred rows at most.

/// A pivot below this share of its diagonal counts as none: the column follows from others.
const SINGULAR: f64 = 1e-10;

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Square {
    size: usize,
    cells: Vec<f64>,
}

impl Square {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    pub(crate) fn get(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub(crate) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] = value;
    }

    /// Adds weight · x · xᵀ to the lower triangle.
    pub(crate) fn add_outer(&mut self, x: &[f64], weight: f64) {
        for (i, xi) in x.iter().enumerate() {
            let scaled = weight * xi;
            if scaled != 0.0 {
                let row = &mut self.cells[i * self.size..=i * self.size + i];
                for (cell, xj) in row.iter_mut().zip(x) {
                    *cell += scaled * xj;
                }
            }
        }
    }

    /// Copies the lower triangle to the upper one.
    pub(crate) fn mirror(&mut self) {
        for i in 0..self.size {
            for j in 0..i {
                self.cells[j * self.size + i] = self.cells[i * self.size + j];
            }
        }
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        for cell in &mut self.cells {
            *cell *= factor;
        }
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.size);
        for i in 0..self.size {
            for (k, a) in self.row(i).iter().enumerate() {
                for j in 0..self.size {
                    product.cells[i * self.size + j] += a * other.get(k, j);
                }
            }
        }
        product
    }

    /// The inverse of a positive definite matrix by Cholesky's decomposition (lower triangle), or
    /// the first column that follows from those before it.
    pub(crate) fn inverse(&self) -> Result<Self, usize> {
        let n = self.size;
        let mut lower = Self::zero(n);
        for i in 0..n {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| lower.get(i, k) * lower.get(j, k)).sum();
                let rest = self.get(i, j) - dot;
                if i == j {
                    if rest <= SINGULAR * self.get(i, i) || !rest.is_finite() {
                        return Err(i);
                    }
                    lower.set(i, i, rest.sqrt());
                } else {
                    lower.set(i, j, rest / lower.get(j, j));
                }
            }
        }
        let mut inverse = Self::zero(n);
        for column in 0..n {
            let mut x = vec![0.0; n];
            for i in column..n {
                let known: f64 = (column..i).map(|k| lower.get(i, k) * x[k]).sum();
                x[i] = (f64::from(u8::from(i == column)) - known) / lower.get(i, i);
            }
            for i in (0..n).rev() {
                let known: f64 = (i + 1..n).map(|k| lower.get(k, i) * x[k]).sum();
                x[i] = (x[i] - known) / lower.get(i, i);
            }
            for (i, value) in x.into_iter().enumerate() {
                inverse.set(i, column, value);
            }
        }
        Ok(inverse)
    }

    pub(crate) fn times_vector(&self, x: &[f64]) -> Vec<f64> {
        (0..self.size).map(|row| dot(self.row(row), x)).collect()
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}
