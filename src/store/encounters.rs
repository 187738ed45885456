//! Stays in hospital and visits to emergency departments, for looking back.

use super::{Store, StoreError};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// An Encounter of class emergency or inpatient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HospitalContact {
    /// Whose.
    pub citizen: CitizenNo,
    /// Its class: `EMER`, `IMP` or `ACUTE` (HL7 v3 `ActCode`).
    pub class: String,
    /// When it began.
    pub began: Micros,
}

impl Store {
    /// The emergency and inpatient Encounters of citizens that began from `from` until before `to`
    /// and were not called off, in the order in which they began.
    ///
    /// # Errors
    /// When the database does.
    pub async fn hospital_contacts(
        &self,
        citizens: &[CitizenNo],
        from: Micros,
        to: Micros,
    ) -> Result<Vec<HospitalContact>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- encounters.hospital
             select r.citizen as "citizen!", min(c.code) as "class!", min(d.lower) as "began!: Micros"
             from resource r
             join resource_token c on c.type = r.type and c.param = 'class' and c.id = r.id
                                  and c.code in ('EMER', 'IMP', 'ACUTE')
             join resource_date d on d.type = r.type and d.param = 'date' and d.id = r.id
             where r.citizen = any($1) and r.type = 'Encounter'
               and not exists (
                   select from resource_token s
                   where s.type = r.type and s.param = 'status' and s.id = r.id
                     and s.code in ('planned', 'cancelled', 'entered-in-error'))
             group by r.citizen, r.id
             having min(d.lower) >= $2 and min(d.lower) < $3
             order by 3, 1, r.id"#,
            &citizens,
            from as Micros,
            to as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let contact = |citizen, class, began| HospitalContact { citizen, class, began };
        Ok(rows
            .into_iter()
            .map(|row| contact(CitizenNo(row.citizen), row.class, row.began))
            .collect())
    }
}
