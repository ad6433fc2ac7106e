SELECT json_build_object('policymakers', json_build_object('nodes', json_agg(json_build_object(
    'id', id, 'displayName', display_name) ORDER BY sort_key, id)))
FROM (
    SELECT id, sort_key, concat_ws(' ', honorific, given_name, family_name) AS display_name FROM policymaker
    WHERE (sort_key, id) > ({sort_key}, {id}) AND EXISTS (
        SELECT FROM appointment
        WHERE policymaker_id = policymaker.id AND public
          AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date))
    ORDER BY sort_key, id LIMIT 20) AS page;
