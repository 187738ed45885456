-- Which version of an alert other systems have been told of, as FHIR resources.
create table alert_projection (
    alert   uuid    primary key references alert,
    version integer not null
);
