//! The measures themselves: number, name, unit, displays and limits of each.
//!
//! A row reads: number, name, canonical UCUM unit, English and Danish display, hard limits, soft
//! limits. Units are those of the R4 vital-signs profiles, the Danish (`MedCom`, FUT) code lists
//! and the HL7 wearable guides; where these differ, the one a Danish clinician reads. The limits
//! are all product choices awaiting clinical sign-off. Those marked *screening* come from the
//! project's screening rules; *physical* follows from what the quantity is, *scale* from the ends
//! of the questionnaire or score, and *assay* is a wide guess at what instruments report.

use super::measures;

measures! {
    /// Heart rate or pulse from any source. Limits: screening.
    HeartRate = 1, "heart_rate", "/min", "Heart rate", "Puls",
        20.0..=250.0, Some(30.0..=200.0);
    /// Heart rate at rest, as worked out by the device. Limits: screening, as heart rate.
    RestingHeartRate = 2, "resting_heart_rate", "/min", "Resting heart rate", "Hvilepuls",
        20.0..=250.0, Some(30.0..=200.0);
    /// Breaths per minute. Limits: screening.
    RespiratoryRate = 3, "respiratory_rate", "/min", "Respiratory rate", "Respirationsfrekvens",
        4.0..=60.0, Some(6.0..=40.0);
    /// Oxygen saturation of arterial or capillary blood. Limits: screening.
    OxygenSaturation = 4, "oxygen_saturation", "%", "Oxygen saturation", "Iltmætning",
        50.0..=100.0, Some(80.0..=100.0);
    /// Core temperature, wherever taken; a wrist temperature is something else and has no measure.
    /// Limits: screening.
    BodyTemperature = 5, "body_temperature", "Cel", "Body temperature", "Kropstemperatur",
        30.0..=43.0, None;
    /// Body weight. Limits: screening.
    BodyWeight = 6, "body_weight", "kg", "Body weight", "Vægt",
        25.0..=300.0, None;
    /// Body height; the Danish NPU03794 sends metres. Limits: physical, wider than any adult
    /// known.
    BodyHeight = 7, "body_height", "cm", "Body height", "Højde",
        50.0..=275.0, Some(120.0..=220.0);
    /// Body-mass index. Limits: physical, what weight and height above allow in practice.
    BodyMassIndex = 8, "body_mass_index", "kg/m2", "Body mass index", "BMI",
        8.0..=120.0, Some(12.0..=70.0);
    /// Systolic arterial pressure. Limits: screening.
    SystolicBloodPressure = 9, "systolic_blood_pressure", "mm[Hg]",
        "Systolic blood pressure", "Systolisk blodtryk",
        50.0..=280.0, None;
    /// Diastolic arterial pressure. Limits: screening.
    DiastolicBloodPressure = 10, "diastolic_blood_pressure", "mm[Hg]",
        "Diastolic blood pressure", "Diastolisk blodtryk",
        20.0..=180.0, None;
    /// Mean arterial pressure. Limits: between the least diastolic and the greatest systolic.
    MeanBloodPressure = 11, "mean_blood_pressure", "mm[Hg]",
        "Mean blood pressure", "Middelblodtryk",
        20.0..=280.0, None;
    /// Head circumference. Limits: physical, newborn to adult with margin.
    HeadCircumference = 12, "head_circumference", "cm", "Head circumference", "Hovedomfang",
        20.0..=80.0, None;
    /// Standard deviation of the intervals between normal beats. Limits: physical.
    HeartRateVariabilitySdnn = 13, "heart_rate_variability_sdnn", "ms",
        "Heart rate variability (SDNN)", "Pulsvariabilitet (SDNN)",
        0.0..=500.0, None;
    /// Waist circumference. Limits: physical.
    WaistCircumference = 14, "waist_circumference", "cm", "Waist circumference", "Taljemål",
        30.0..=300.0, None;
    /// Body fat as a share of weight. Limits: physical.
    BodyFat = 15, "body_fat", "%", "Body fat", "Fedtprocent",
        1.0..=80.0, None;

    /// Flow of supplemental oxygen. Limits: physical; high-flow therapy stays below 80.
    SupplementalOxygenFlow = 20, "supplemental_oxygen_flow", "L/min",
        "Supplemental oxygen flow", "Ilttilskud",
        0.0..=80.0, Some(0.0..=15.0);
    /// Oxygen in the inspired gas. Limits: physical, air (20.9 %) to pure oxygen.
    FractionInspiredOxygen = 21, "fraction_inspired_oxygen", "%",
        "Inspired oxygen fraction", "Iltfraktion i indånding",
        20.0..=100.0, None;

    /// Steps in the interval that the reading covers. Limits: physical, two marathons and more.
    StepsInterval = 30, "steps_interval", "{steps}", "Steps", "Skridt",
        0.0..=200_000.0, None;
    /// Steps in a day. Limits: physical, as steps.
    StepsPerDay = 31, "steps_per_day", "{steps}/d", "Steps per day", "Skridt per dag",
        0.0..=200_000.0, Some(0.0..=60_000.0);
    /// Steps in a week. Limits: physical, seven such days.
    StepsPerWeek = 32, "steps_per_week", "{steps}/wk", "Steps per week", "Skridt per uge",
        0.0..=1_400_000.0, Some(0.0..=420_000.0);
    /// Energy burned by activity in the interval. Limits: physical.
    ActiveEnergy = 33, "active_energy", "kcal", "Active energy", "Aktivt energiforbrug",
        0.0..=20_000.0, None;
    /// Time asleep. Limits: physical, one day.
    SleepDuration = 34, "sleep_duration", "h", "Sleep duration", "Søvnlængde",
        0.0..=24.0, Some(0.0..=16.0);
    /// Time in deep sleep. Limits: physical, one day.
    DeepSleepDuration = 35, "deep_sleep_duration", "h", "Deep sleep duration", "Dyb søvn",
        0.0..=24.0, None;
    /// Time in bed. Limits: physical, one day.
    TimeInBed = 36, "time_in_bed", "h", "Time in bed", "Tid i sengen",
        0.0..=24.0, None;

    /// Forced expiratory volume in the first second. Limits: physical, spirometers' range.
    Fev1 = 40, "fev1", "L", "FEV1", "FEV1",
        0.1..=9.0, None;
    /// Forced vital capacity. Limits: physical, spirometers' range.
    Fvc = 41, "fvc", "L", "FVC", "FVC",
        0.1..=12.0, None;
    /// FEV1 as a share of FVC. Limits: physical.
    Fev1FvcRatio = 42, "fev1_fvc_ratio", "{ratio}", "FEV1/FVC ratio", "FEV1/FVC-ratio",
        0.1..=1.0, None;
    /// FEV1 as a percentage of the predicted value. Limits: physical.
    Fev1PercentPredicted = 43, "fev1_percent_predicted", "%",
        "FEV1, % of predicted", "FEV1 af forventet værdi",
        5.0..=200.0, None;
    /// Peak expiratory flow. Limits: physical, peak-flow meters' range with margin.
    PeakExpiratoryFlow = 44, "peak_expiratory_flow", "L/min", "Peak expiratory flow", "Peakflow",
        20.0..=1000.0, None;
    /// Forced expiratory volume in six seconds. Limits: physical, as FVC.
    Fev6 = 45, "fev6", "L", "FEV6", "FEV6",
        0.1..=12.0, None;

    /// Glucose in blood, plasma or tissue fluid. Limits: screening; `LO` and `HI` are values of
    /// their own and never reach these limits.
    Glucose = 50, "glucose", "mmol/L", "Glucose", "Glukose",
        0.6..=33.3, None;
    /// Glycated haemoglobin on the IFCC scale. Limits: assay, 3.5 to 22 % on the NGSP scale.
    HbA1c = 51, "hba1c", "mmol/mol", "HbA1c", "HbA1c",
        14.0..=220.0, None;
    /// Beta-hydroxybutyrate. Limits: assay, test-strip meters end at 8.
    Ketones = 52, "ketones", "mmol/L", "Blood ketones", "Ketonstoffer i blod",
        0.0..=30.0, None;

    /// C-reactive protein. Limits: assay.
    CReactiveProtein = 60, "c_reactive_protein", "mg/L", "C-reactive protein", "CRP",
        0.0..=700.0, None;
    /// Prothrombin time as international normalised ratio. Limits: assay.
    Inr = 61, "inr", "{INR}", "INR", "INR",
        0.5..=20.0, None;
    /// Haemoglobin, as the iron-carrying monomer. Limits: physical.
    Haemoglobin = 62, "haemoglobin", "mmol/L", "Haemoglobin", "Hæmoglobin",
        1.0..=18.0, None;
    /// White blood cells. Limits: assay.
    Leukocytes = 63, "leukocytes", "10*9/L", "Leukocytes", "Leukocytter",
        0.0..=500.0, None;
    /// Neutrophil granulocytes. Limits: assay, as leukocytes.
    Neutrophils = 64, "neutrophils", "10*9/L", "Neutrophils", "Neutrofilocytter",
        0.0..=500.0, None;
    /// Lymphocytes; NPU02636, which `MedCom`'s list displays as leukocytes. Limits: assay.
    Lymphocytes = 65, "lymphocytes", "10*9/L", "Lymphocytes", "Lymfocytter",
        0.0..=500.0, None;
    /// Monocytes. Limits: assay, as leukocytes.
    Monocytes = 66, "monocytes", "10*9/L", "Monocytes", "Monocytter",
        0.0..=500.0, None;
    /// Eosinophil granulocytes. Limits: assay, as leukocytes.
    Eosinophils = 67, "eosinophils", "10*9/L", "Eosinophils", "Eosinofilocytter",
        0.0..=500.0, None;
    /// Basophil granulocytes. Limits: assay, as leukocytes.
    Basophils = 68, "basophils", "10*9/L", "Basophils", "Basofilocytter",
        0.0..=500.0, None;
    /// Platelets. Limits: assay.
    Platelets = 69, "platelets", "10*9/L", "Platelets", "Trombocytter",
        0.0..=3000.0, None;
    /// Share of red cells in blood. Limits: physical.
    Haematocrit = 70, "haematocrit", "%", "Haematocrit", "Hæmatokrit",
        5.0..=80.0, None;
    /// Sodium ion. Limits: physical.
    Sodium = 71, "sodium", "mmol/L", "Sodium", "Natrium",
        90.0..=200.0, None;
    /// Potassium ion. Limits: physical.
    Potassium = 72, "potassium", "mmol/L", "Potassium", "Kalium",
        1.0..=12.0, None;
    /// Chloride. Limits: physical.
    Chloride = 73, "chloride", "mmol/L", "Chloride", "Klorid",
        50.0..=160.0, None;
    /// Ionised (free) calcium. Limits: physical.
    IonisedCalcium = 74, "ionised_calcium", "mmol/L", "Ionised calcium", "Calcium-ion (frit)",
        0.2..=4.0, None;
    /// Magnesium. Limits: physical.
    Magnesium = 75, "magnesium", "mmol/L", "Magnesium", "Magnesium",
        0.1..=8.0, None;
    /// Bicarbonate. Limits: physical.
    Bicarbonate = 76, "bicarbonate", "mmol/L", "Bicarbonate", "Bikarbonat",
        1.0..=70.0, None;
    /// Urea (carbamide), of its whole mass when sent as one. Limits: assay.
    Urea = 77, "urea", "mmol/L", "Urea", "Karbamid",
        0.1..=120.0, None;
    /// Urea nitrogen (BUN), as the urea it stands for, so the number is on the scale of urea.
    /// Limits: assay, as urea.
    UreaNitrogen = 78, "urea_nitrogen", "mmol/L", "Urea nitrogen", "Karbamid-nitrogen",
        0.1..=120.0, None;
    /// Creatinine. Limits: assay.
    Creatinine = 79, "creatinine", "umol/L", "Creatinine", "Kreatinin",
        5.0..=3500.0, None;
    /// Estimated glomerular filtration rate. Limits: physical.
    Egfr = 80, "egfr", "mL/min/{1.73_m2}", "eGFR", "eGFR",
        0.0..=250.0, None;
    /// Total bilirubin. Limits: assay.
    Bilirubin = 81, "bilirubin", "umol/L", "Bilirubin", "Bilirubin",
        0.0..=1200.0, None;
    /// Albumin in plasma. Limits: assay.
    Albumin = 82, "albumin", "g/L", "Albumin", "Albumin",
        5.0..=80.0, None;
    /// Alanine transaminase. Limits: assay.
    Alt = 83, "alt", "U/L", "ALT", "ALAT",
        0.0..=30_000.0, None;
    /// Aspartate transaminase. Limits: assay.
    Ast = 84, "ast", "U/L", "AST", "ASAT",
        0.0..=50_000.0, None;
    /// Alkaline phosphatase. Limits: assay.
    AlkalinePhosphatase = 85, "alkaline_phosphatase", "U/L",
        "Alkaline phosphatase", "Basisk fosfatase",
        0.0..=10_000.0, None;
    /// Total cholesterol. Limits: assay.
    Cholesterol = 86, "cholesterol", "mmol/L", "Cholesterol", "Kolesterol",
        0.5..=40.0, None;
    /// Lactate. Limits: assay.
    Lactate = 87, "lactate", "mmol/L", "Lactate", "Laktat",
        0.0..=40.0, None;
    /// pH of arterial blood. Limits: physical.
    BloodPh = 88, "blood_ph", "[pH]", "Blood pH", "pH i blod",
        6.5..=8.0, None;
    /// Carbon dioxide tension of arterial blood. Limits: physical.
    ArterialCarbonDioxide = 89, "arterial_carbon_dioxide", "kPa", "PaCO2", "pCO2 (arterielt)",
        0.5..=30.0, None;
    /// Oxygen tension of arterial blood. Limits: physical; oxygen at one atmosphere ends at 95.
    ArterialOxygen = 90, "arterial_oxygen", "kPa", "PaO2", "pO2 (arterielt)",
        1.0..=95.0, None;
    /// Cardiac troponin I. Limits: assay.
    TroponinI = 91, "troponin_i", "ng/L", "Troponin I", "Troponin I",
        0.0..=1_000_000.0, None;
    /// Cardiac troponin T. Limits: assay.
    TroponinT = 92, "troponin_t", "ng/L", "Troponin T", "Troponin T",
        0.0..=1_000_000.0, None;
    /// N-terminal pro-B-type natriuretic peptide. Limits: assay.
    NtProBnp = 93, "nt_pro_bnp", "ng/L", "NT-proBNP", "NT-proBNP",
        0.0..=500_000.0, None;
    /// Urine passed in the interval that the reading covers. Limits: physical.
    UrineVolume = 94, "urine_volume", "mL", "Urine volume", "Urinmængde",
        0.0..=20_000.0, None;

    /// Urine dipstick, protein, as a count of plusses. Limits: scale.
    DipstickProtein = 100, "dipstick_protein", "{plus}", "Urine protein", "Urinstix: protein",
        0.0..=5.0, None;
    /// Urine dipstick, nitrite, as a count of plusses. Limits: scale.
    DipstickNitrite = 101, "dipstick_nitrite", "{plus}", "Urine nitrite", "Urinstix: nitrit",
        0.0..=5.0, None;
    /// Urine dipstick, glucose, as a count of plusses. Limits: scale.
    DipstickGlucose = 102, "dipstick_glucose", "{plus}", "Urine glucose", "Urinstix: glukose",
        0.0..=5.0, None;
    /// Urine dipstick, leukocytes, as a count of plusses. Limits: scale.
    DipstickLeukocytes = 103, "dipstick_leukocytes", "{plus}",
        "Urine leukocytes", "Urinstix: leukocytter",
        0.0..=5.0, None;
    /// Urine dipstick, haemoglobin, as a count of plusses. Limits: scale.
    DipstickBlood = 104, "dipstick_blood", "{plus}", "Urine blood", "Urinstix: blod",
        0.0..=5.0, None;
    /// Urine dipstick, acetoacetate, as a count of plusses. Limits: scale.
    DipstickKetones = 105, "dipstick_ketones", "{plus}",
        "Urine ketones", "Urinstix: ketonstoffer",
        0.0..=5.0, None;
    /// Urine dipstick, erythrocytes, as a count of plusses. Limits: scale.
    DipstickErythrocytes = 106, "dipstick_erythrocytes", "{plus}",
        "Urine erythrocytes", "Urinstix: erytrocytter",
        0.0..=5.0, None;

    /// Pain on the numeric rating scale. Limits: scale.
    PainScore = 120, "pain_score", "{score}", "Pain score", "Smertescore",
        0.0..=10.0, None;
    /// Level of consciousness as `MedCom` counts it (MCS88126). The LOINC codes carry a coded
    /// value instead. Limits: scale.
    Consciousness = 121, "consciousness", "1", "Level of consciousness", "Bevidsthedsniveau",
        0.0..=3.0, None;
    /// Danish municipal early-warning score, *Tidlig opsporing af begyndende sygdom*. Limits:
    /// scale.
    Tobs = 122, "tobs", "1", "TOBS score", "TOBS-score",
        0.0..=15.0, None;
    /// National Early Warning Score 2. Limits: scale.
    News2 = 123, "news2", "{score}", "NEWS2 score", "NEWS2-score",
        0.0..=20.0, None;
    /// Glasgow coma score. Limits: scale.
    GlasgowComaScore = 124, "glasgow_coma_score", "{score}",
        "Glasgow coma score", "Glasgow Coma Score",
        3.0..=15.0, None;
    /// Medical Research Council dyspnoea scale, 1–5, or 0–4 in its modified form. Limits: scale.
    MrcDyspnoea = 125, "mrc_dyspnoea", "{Number}", "MRC dyspnoea scale", "MRC-skala (åndenød)",
        0.0..=5.0, None;
    /// COPD assessment test. Limits: scale.
    CatScore = 126, "cat_score", "{Number}", "CAT score (COPD)", "CAT-score (KOL)",
        0.0..=40.0, None;
    /// Rises from a chair in 30 seconds; FUT's unit for it, `1/30sec`, is no UCUM. Limits:
    /// physical.
    SitToStand = 127, "sit_to_stand", "{repetitions}",
        "Sit-to-stand test (30 s)", "Rejse-sætte-sig-testen",
        0.0..=60.0, None;
    /// New York Heart Association class. Limits: scale.
    NyhaClass = 128, "nyha_class", "{Number}", "NYHA class", "NYHA-klasse",
        1.0..=4.0, None;
    /// GOLD grade of airflow limitation. Limits: scale.
    GoldGrade = 129, "gold_grade", "{Number}", "GOLD grade (COPD)", "GOLD-inddeling (KOL)",
        0.0..=4.0, None;
    /// WHO-5 well-being index, as a percentage score. Limits: scale.
    Who5 = 130, "who5", "{score}", "WHO-5 well-being index", "WHO-5-trivselsindeks",
        0.0..=100.0, None;
    /// Manniche's low-back pain rating. MCS88147 is this, not a pain score of 0–10. Limits: scale.
    MannicheScore = 131, "manniche_score", "{score}",
        "Low back pain rating (Manniche)", "Manniche VAS-score",
        0.0..=60.0, None;

    /// Length of a wound. Limits: physical.
    WoundLength = 140, "wound_length", "cm", "Wound length", "Sårlængde",
        0.0..=100.0, None;
    /// Width of a wound. Limits: physical.
    WoundWidth = 141, "wound_width", "cm", "Wound width", "Sårbredde",
        0.0..=100.0, None;
    /// Depth of a wound. Limits: physical.
    WoundDepth = 142, "wound_depth", "cm", "Wound depth", "Sårdybde",
        0.0..=40.0, None;
    /// Area of a wound. Limits: physical.
    WoundArea = 143, "wound_area", "cm2", "Wound area", "Sårareal",
        0.0..=10_000.0, None;

    /// Breathlessness against the citizen's usual state: 0 as usual, 1 more, 2 much more. Limits:
    /// scale.
    DyspnoeaChange = 150, "dyspnoea_change", "{score}",
        "Change in breathlessness", "Ændring i åndenød",
        0.0..=2.0, None;
    /// Cough against the usual: 0 as usual, 1 more, 2 much more. Limits: scale.
    CoughChange = 151, "cough_change", "{score}", "Change in cough", "Ændring i hoste",
        0.0..=2.0, None;
    /// Amount of sputum against the usual: 0 as usual, 1 more, 2 much more. Limits: scale.
    SputumChange = 152, "sputum_change", "{score}",
        "Change in amount of sputum", "Ændring i mængde af opspyt",
        0.0..=2.0, None;
    /// Colour of sputum: 0 as usual, 1 darker or discoloured. Limits: scale.
    SputumColour = 153, "sputum_colour", "{score}",
        "Change in colour of sputum", "Ændring i farve af opspyt",
        0.0..=1.0, None;
    /// How the citizen feels against the usual: 0 as usual, 1 worse, 2 much worse. Limits: scale.
    SelfReportedChange = 154, "self_reported_change", "{score}",
        "Self-reported change", "Selvvurderet ændring",
        0.0..=2.0, None;
    /// A device's notice of an irregular rhythm, 1 for a notice; no diagnosis. Limits: scale.
    IrregularRhythmNotice = 155, "irregular_rhythm_notice", "{score}",
        "Notice of irregular rhythm", "Besked om uregelmæssig rytme",
        0.0..=1.0, None;
    /// A fall, told or detected: 1 for a fall. Limits: scale.
    Fall = 156, "fall", "{score}", "Fall", "Fald",
        0.0..=1.0, None;
    /// Confusion that is new, as NEWS2 means it: 0 no, 1 yes. Limits: scale.
    NewConfusion = 157, "new_confusion", "{score}", "New confusion", "Nyopstået forvirring",
        0.0..=1.0, None;
    /// Chest pain, severe headache, weakness, blurred vision or fainting at this moment: 0 no,
    /// 1 yes. Limits: scale.
    AlarmSymptom = 158, "alarm_symptom", "{score}", "Alarm symptom", "Alarmsymptom",
        0.0..=1.0, None;
}
