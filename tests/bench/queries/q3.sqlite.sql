CREATE TEMPORARY TABLE inst AS
SELECT id, names, country_id FROM (
    SELECT id, names, country_id, row_number() OVER (PARTITION BY country_id ORDER BY sort_key, id) AS place FROM institution
    WHERE country_id IN (SELECT id FROM country WHERE code IN {codes})) WHERE place <= 10;
SELECT id, code, names FROM country WHERE code IN {codes} ORDER BY code;
SELECT id, names, country_id FROM inst;
SELECT institution_id, id, honorific, given_name, family_name FROM (
    SELECT held.institution_id, policymaker.*, row_number() OVER (PARTITION BY held.institution_id ORDER BY sort_key, id) AS place
    FROM (
        SELECT DISTINCT institution_id, policymaker_id FROM appointment
        WHERE institution_id IN (SELECT id FROM inst) AND public
          AND (since IS NULL OR since <= {today}) AND (until IS NULL OR until >= {today})) AS held
    JOIN policymaker ON policymaker.id = held.policymaker_id) WHERE place <= 10;
SELECT institution_id, id, titles, deadline FROM (
    SELECT offered.institution_id, opportunity.*, row_number() OVER (PARTITION BY offered.institution_id ORDER BY sort_key, id) AS place
    FROM (
        SELECT lead_institution_id AS institution_id, id AS opportunity_id FROM opportunity
        WHERE lead_institution_id IN (SELECT id FROM inst)
        UNION
        SELECT institution_id, opportunity_id FROM opportunity_partner WHERE institution_id IN (SELECT id FROM inst)) AS offered
    JOIN opportunity ON opportunity.id = offered.opportunity_id WHERE published_at IS NOT NULL) WHERE place <= 5;
DROP TABLE inst;
