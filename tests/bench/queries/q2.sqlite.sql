CREATE TEMPORARY TABLE asked AS
SELECT id, titles, deadline, closes_at, lead_institution_id FROM opportunity
WHERE kind = {kind} AND status = 'PUBLISHED' AND published_at IS NOT NULL
  AND (opens_on IS NULL OR opens_on <= {today}) AND closes_at > {now}
  AND (eligible_everyone OR id IN (
      SELECT opportunity_id FROM opportunity_country WHERE country_id = (SELECT id FROM country WHERE code = {country})
      UNION ALL
      SELECT opportunity_id FROM opportunity_group JOIN group_membership USING (group_id)
      WHERE country_id = (SELECT id FROM country WHERE code = {country}) AND role = 'MEMBER'
        AND (since IS NULL OR since <= {today}) AND (until IS NULL OR substr({today}, 1, length(until)) <= until)));
SELECT count(*) FROM asked;
CREATE TEMPORARY TABLE page AS SELECT * FROM asked ORDER BY closes_at, id LIMIT 20;
SELECT id, titles, deadline, lead_institution_id FROM page;
SELECT institution.id, institution.names, code, country.names FROM institution LEFT JOIN country ON country.id = country_id
WHERE institution.id IN (SELECT lead_institution_id FROM page);
SELECT opportunity_id, code, names FROM opportunity_country JOIN country ON country.id = country_id
WHERE opportunity_id IN (SELECT id FROM page) ORDER BY sort_key;
DROP TABLE asked;
DROP TABLE page;
