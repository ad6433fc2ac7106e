SELECT json_build_object('countries', json_build_object('nodes', json_agg(json_build_object(
    'code', code, 'name', jsonb_path_query_first(names, '$[*] ? (@.language == "en").text'),
    'institutions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', inst.id, 'name', jsonb_path_query_first(inst.names, '$[*] ? (@.language == "en").text'),
            'policymakers', json_build_object('nodes', (
                SELECT coalesce(json_agg(json_build_object('id', id, 'displayName', display_name) ORDER BY sort_key, id), '[]')
                FROM (
                    SELECT id, sort_key, concat_ws(' ', honorific, given_name, family_name) AS display_name
                    FROM policymaker
                    WHERE id IN (
                        SELECT policymaker_id FROM appointment
                        WHERE institution_id = inst.id AND public
                          AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date))
                    ORDER BY sort_key, id LIMIT 10) AS holder)),
            'opportunities', json_build_object('nodes', (
                SELECT coalesce(json_agg(json_build_object(
                    'id', id, 'title', jsonb_path_query_first(titles, '$[*] ? (@.language == "en").text'),
                    'deadline', deadline) ORDER BY sort_key, id), '[]')
                FROM (
                    SELECT id, sort_key, titles, deadline FROM opportunity
                    WHERE published_at IS NOT NULL AND id IN (
                        SELECT id FROM opportunity WHERE lead_institution_id = inst.id
                        UNION ALL
                        SELECT opportunity_id FROM opportunity_partner WHERE institution_id = inst.id)
                    ORDER BY sort_key, id LIMIT 5) AS offered)))
            ORDER BY inst.sort_key, inst.id), '[]')
        FROM (
            SELECT id, names, sort_key FROM institution WHERE country_id = country.id ORDER BY sort_key, id LIMIT 10) AS inst)))
    ORDER BY code)))
FROM country WHERE code = ANY ({codes});
