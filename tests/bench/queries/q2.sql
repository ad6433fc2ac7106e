WITH asked AS (
    SELECT opportunity.id, titles, deadline, lead_institution_id FROM opportunity
    WHERE kind = {kind} AND status = 'PUBLISHED' AND published_at IS NOT NULL
      AND (opens_on IS NULL OR opens_on <= current_date) AND (deadline IS NULL OR deadline > now())
      AND (eligible_everyone OR opportunity.id IN (
          SELECT opportunity_id FROM opportunity_country
          WHERE country_id = (SELECT id FROM country WHERE code = {country})
          UNION ALL
          SELECT opportunity_id FROM opportunity_group JOIN group_membership USING (group_id)
          WHERE country_id = (SELECT id FROM country WHERE code = {country}) AND role = 'MEMBER'
            AND (since IS NULL OR since <= current_date::text)
            AND (until IS NULL OR substr(current_date::text, 1, length(until)) <= until)))
), page AS (
    SELECT * FROM asked ORDER BY deadline, id LIMIT 20
)
SELECT json_build_object('opportunities', json_build_object(
    'totalCount', (SELECT count(*) FROM asked),
    'nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', page.id, 'title', jsonb_path_query_first(page.titles, '$[*] ? (@.language == "en").text'),
            'deadline', page.deadline,
            'leadInstitution', json_build_object(
                'id', lead.id, 'name', jsonb_path_query_first(lead.names, '$[*] ? (@.language == "en").text'),
                'country', CASE WHEN seat.id IS NOT NULL THEN json_build_object(
                    'code', seat.code, 'name', jsonb_path_query_first(seat.names, '$[*] ? (@.language == "en").text')) END),
            'eligibility', json_build_object('countries', (
                SELECT coalesce(json_agg(json_build_object(
                    'code', code, 'name', jsonb_path_query_first(names, '$[*] ? (@.language == "en").text')) ORDER BY sort_key), '[]')
                FROM opportunity_country JOIN country ON country.id = country_id
                WHERE opportunity_id = page.id)))
            ORDER BY page.deadline, page.id), '[]')
        FROM page
        JOIN institution lead ON lead.id = lead_institution_id
        LEFT JOIN country seat ON seat.id = lead.country_id)));
