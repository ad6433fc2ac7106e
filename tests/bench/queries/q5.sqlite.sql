CREATE TEMPORARY TABLE page AS
SELECT id, honorific, given_name, family_name, updated_at FROM policymaker
WHERE updated_at >= {since} AND EXISTS (
    SELECT 1 FROM appointment
    WHERE policymaker_id = policymaker.id AND public
      AND (since IS NULL OR since <= {today}) AND (until IS NULL OR until >= {today}))
ORDER BY updated_at, id LIMIT 100;
SELECT * FROM page;
SELECT policymaker_id, title, since, until, institution_id FROM appointment
WHERE policymaker_id IN (SELECT id FROM page) AND public ORDER BY since DESC NULLS LAST, id;
SELECT id, names FROM institution WHERE id IN (SELECT institution_id FROM appointment WHERE policymaker_id IN (SELECT id FROM page));
DROP TABLE page;
